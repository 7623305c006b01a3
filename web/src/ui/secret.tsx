import { Copy } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";

interface SecretProps {
  readonly title: string;
  readonly told: string;
  readonly label: string;
  readonly secret: string;
  readonly onClose: () => void;
}

/** Something that is shown once and never again. */
export function Secret({ title, told, label, secret, onClose }: SecretProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="body">
        <p>{told}</p>
        <Copy text={secret} label={label} />
      </div>
      <footer>
        <button type="button" class="primary" onClick={onClose}>
          I have it
        </button>
      </footer>
    </Dialog>
  );
}
