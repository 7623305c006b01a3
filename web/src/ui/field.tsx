import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly fault?: string | undefined;
  /** Renders the control with what ties it to its label and hint. */
  readonly children: (control: {
    id: string;
    "aria-describedby"?: string;
    "aria-invalid"?: boolean;
  }) => ComponentChildren;
}

/** A control with its label, a hint and what is wrong with it. */
export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId();
  const isTold = hint !== undefined || fault !== undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(isTold && { "aria-describedby": `${id}-told` }),
        ...(fault !== undefined && { "aria-invalid": true }),
      })}
      {isTold && (
        <p id={`${id}-told`} class={fault === undefined ? "hint" : "fault"}>
          {fault ?? hint}
        </p>
      )}
    </div>
  );
}
