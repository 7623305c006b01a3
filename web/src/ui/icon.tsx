const PATHS = {
  overview: "M4 19V9m6 10V5m6 14v-7m4 7H2",
  leads:
    "M16 20v-1.5a3.5 3.5 0 0 0-3.5-3.5h-5A3.5 3.5 0 0 0 4 18.5V20M10 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7m10 9v-1.5a3.5 3.5 0 0 0-2.6-3.4M15.5 4.2a3.5 3.5 0 0 1 0 6.6",
  messages: "M4 6.5h16v11a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zm0 .5 8 6 8-6",
  quarantine: "M12 8v4.5m0 3.2v.1M10.3 4.3 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.3a2 2 0 0 0-3.4 0",
  sources:
    "M4 12h11m-4-4.5L15.500 12 11 16.500M15 4h3.500A1.500 1.500 0 0 1 20 5.500v13a1.500 1.500 0 0 1-1.500 1.500H15",
  rules: "M6 4v8m0 4v4M12 4v2m0 4v10M18 4v10m0 4v2M3.500 14h5m1-6h5m1 8h5",
  hooks: "M9.500 14.500 14.500 9.500M11 7l2-2a4 4 0 0 1 5.700 5.700l-2 2M13 17l-2 2a4 4 0 0 1-5.700-5.700l2-2",
  keys: "M14.500 9.500a4.500 4.500 0 1 1-3.600 7.200A4.500 4.500 0 0 1 14.500 9.500M11.300 13.200 3.500 21M6 18.500l2.500 2.500M15 8V3",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14m9 2-4-4",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  check: "m5 12.500 4.500 4.500L19 7.500",
  copy: "M9 9h10v11H9zM5 15V4h10",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  columns: "M4 5h16v14H4zM9.300 5v14M14.700 5v14",
  download: "M12 4v11m-4.500-4.500L12 15l4.500-4.500M5 20h14",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8m0-13v2m0 14v2M3 12h2m14 0h2M5.600 5.600 7 7m10 10 1.400 1.400M5.600 18.400 7 17M17 7l1.400-1.400",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500",
  auto: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16m0-16v16",
  signout: "M10 5H5v14h5m4-3.500 3.500-3.500L14 8.500M17 12H9",
  alert: "M12 7v6m0 3.500v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  pause: "M9 6v12M15 6v12",
  clock: "M12 7v5.200l3.200 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  retry: "M4.500 12a7.500 7.500 0 1 1 2.200 5.300M4.500 20v-4.500H9",
  plus: "M12 5v14M5 12h14",
  arrow: "M5 12h14m-5-5 5 5-5 5",
  event: "M13 3 5 14h6l-1 7 8-11h-6z",
  edit: "M5 19h3.500L19 8.500 15.500 5 5 15.500zM13 7.500 16.500 11",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words that say the same: nothing for screen readers. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
