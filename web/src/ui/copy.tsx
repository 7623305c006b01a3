import { useState } from "preact/hooks";
import { Icon } from "./icon.tsx";
import { Scrolled } from "./scrolled.tsx";

/** Text to take along: a snippet, a key. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    await put(text);
    setDone(true);
    setTimeout(() => setDone(false), 2_000);
  };
  return (
    <div class="copy">
      <Scrolled class="text" label={label}>
        <pre>{text}</pre>
      </Scrolled>
      <button type="button" onClick={copy} aria-label={`Copy: ${label}`}>
        <Icon name={isDone ? "check" : "copy"} size={16} /> {isDone ? "Copied" : "Copy"}
      </button>
    </div>
  );
}

/** The clipboard is there over https and on loopback only; elsewhere the old way must do. */
async function put(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
