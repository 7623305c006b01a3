export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const PLACE = "leadgate.theme";

/** The viewer's choice, kept in this browser; without one the system decides. */
export function chosenTheme(): Theme {
  const kept = read(PLACE);
  return THEMES.find((theme) => theme === kept) ?? "auto";
}

export function chooseTheme(theme: Theme): void {
  write(PLACE, theme);
  applyTheme();
}

export function applyTheme(): void {
  const theme = chosenTheme();
  if (theme === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = theme;
}

/** What this browser keeps for the page; nothing where it keeps nothing. */
export function read(place: string): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}

export function write(place: string, value: string): void {
  try {
    localStorage.setItem(place, value);
  } catch {
    // A browser that keeps nothing forgets the choice; that is its owner's wish.
  }
}
