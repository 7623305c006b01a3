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
  const distinct: Stamp[] = [];
  const byObject = new Map<Stamp, number>();
  const byText = new Map<string, number>();
  const indexOf = (stamp: Stamp): number => {
    // Most values of a lead share one object, which is found without making a text of it.
    const same = byObject.get(stamp);
    if (same !== undefined) return same;
    const text = `${stamp.at} ${stamp.source} ${stamp.identity}`;
    const index = byText.get(text) ?? distinct.push(stamp) - 1;
    byObject.set(stamp, index);
    byText.set(text, index);
    return index;
  };
  const all = (map: ReadonlyMap<string, Stamp>) => {
    const indexes: Record<string, number> = {};
    for (const [name, stamp] of map) define(indexes, name, indexOf(stamp));
    return indexes;
  };
  const fields = all(stamps.fields);
  const attributes = all(stamps.attributes);
  const firstTouch = indexOf(stamps.firstTouch);
  const utm = stamps.utm === undefined ? {} : { utm: indexOf(stamps.utm) };
  const list = distinct.map(({ at, source, identity }) => [at, source, identity] as const);
  return { stamps: list, fields, attributes, firstTouch, ...utm, ...(stamps.utmEdited && { utmEdited: true }) };
}

/** Plain assignment would take `__proto__`, which a field may be called, for something else. */
function define(record: Record<string, number>, name: string, index: number): void {
  if (name === "__proto__") Object.defineProperty(record, name, { value: index, enumerable: true, configurable: true });
  else record[name] = index;
}

export function readStamps(stored: StoredStamps): Stamps {
  const list = stored.stamps.map(([at, source, identity]): Stamp => ({ at, source, identity }));
  const stampOf = (index: number): Stamp => list[index]!;
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
