import { Icon } from "../ui/icon.tsx";

/** What sending an uncertain mail again may do. */
export function DuplicateRisk() {
  return (
    <p class="notice warn">
      <Icon name="alert" />
      <span>
        SendGrid may have sent it already: then the person gets it twice. Look for the address in SendGrid under
        Activity first. If it is there, leave this alone; its event settles the mail by itself.
      </span>
    </p>
  );
}
