import type { ComponentChildren } from "preact";

interface ChoiceProps {
  /** Named for screen readers; the first option says the same to everybody else. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly children: ComponentChildren;
}

/** One of some values, as a filter. */
export function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {children}
    </select>
  );
}
