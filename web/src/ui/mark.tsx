/** Leadgate's sign. */
export function Mark({ size }: { readonly size: number }) {
  return (
    <svg class="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M10 8v16h12" />
      <circle cx="22" cy="11" r="3" />
    </svg>
  );
}
