/**
 * Which submission a value comes from: when it happened, and on a tie its source and identity. Values are compared by
 * these alone, so that submissions may arrive in any order.
 */
export interface Stamp {
  /** Unix milliseconds. */
  readonly at: number;
  readonly source: string;
  readonly identity: string;
}

/** The stamps of everything a lead holds. `firstTouch` and `utm` keep the least stamp, all others the greatest. */
export interface Stamps {
  readonly fields: ReadonlyMap<string, Stamp>;
  readonly attributes: ReadonlyMap<string, Stamp>;
  readonly firstTouch: Stamp;
  readonly utm?: Stamp;
  /** Whether `utm` is an edit, which stands before any first touch; its stamp is then the greatest. */
  readonly utmEdited?: true;
}

/** Negative when `a` is older. Text is compared by code unit, which no collation or locale can change. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.at !== b.at) return a.at - b.at;
  return compareText(a.source, b.source) || compareText(a.identity, b.identity);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How stamps are stored: each distinct one once, and by its index for every value; most leads have one or two. */
export interface StoredStamps {
  readonly stamps: readonly (readonly [at: number, source: string, identity: string])[];
  readonly fields: Readonly<Record<string, number>>;
  readonly attributes: Readonly<Record<string, number>>;
  readonly firstTouch: number;
  readonly utm?: number;
  readonly utmEdited?: true;
}

export function storeStamps(stamps: Stamps): StoredStamps {
  const indexes = new Map<string, number>();
  const list: (readonly [number, string, string])[] = [];
  const indexOf = ({ at, source, identity }: Stamp): number => {
    const key = JSON.stringify([at, source, identity]);
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, list.length);
    return list.push([at, source, identity]) - 1;
  };
  const all = (map: ReadonlyMap<string, Stamp>) =>
    Object.fromEntries([...map].map(([name, stamp]) => [name, indexOf(stamp)]));
  const fields = all(stamps.fields);
  const attributes = all(stamps.attributes);
  const firstTouch = indexOf(stamps.firstTouch);
  const utm = stamps.utm === undefined ? {} : { utm: indexOf(stamps.utm) };
  return { stamps: list, fields, attributes, firstTouch, ...utm, ...(stamps.utmEdited && { utmEdited: true }) };
}

export function readStamps(stored: StoredStamps): Stamps {
  const stampOf = (index: number): Stamp => {
    const [at, source, identity] = stored.stamps[index]!;
    return { at, source, identity };
  };
  const all = (indexes: Readonly<Record<string, number>>) =>
    new Map(Object.entries(indexes).map(([name, index]) => [name, stampOf(index)]));
  return {
    fields: all(stored.fields),
    attributes: all(stored.attributes),
    firstTouch: stampOf(stored.firstTouch),
    ...(stored.utm === undefined ? {} : { utm: stampOf(stored.utm) }),
    ...(stored.utmEdited && { utmEdited: true }),
  };
}
