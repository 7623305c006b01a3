/** A column as PostgreSQL's catalogue tells it. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
}

/** A model of the Prisma schema in the words of PostgreSQL's catalogue: what the migrated database must have. */
export interface Model {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly primaryKey: string;
  readonly uniques: readonly string[];
  readonly indexes: readonly string[];
  readonly foreignKeys: readonly string[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly attributes: string;
}

const TYPES: Readonly<Record<string, string>> = {
  String: "text",
  Int: "integer",
  BigInt: "bigint",
  Float: "double precision",
  Boolean: "boolean",
  Json: "jsonb",
};

/** Reads the part of Prisma's schema language that this project uses; anything else throws. */
export function readPrismaSchema(text: string): Model[] {
  const blocks = [...text.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)].map(([, name, body]) => readBlock(name!, body!));
  const tables = new Map(blocks.map(({ name, table }) => [name, table]));
  return blocks.map(({ table, fields, lines }) => {
    const columnOf = (field: string) => columnName(fields.find(({ name }) => name === field)!);
    const columnsOf = (list: string) => `(${list.split(/,\s*/).map(columnOf).join(", ")})`;
    const own = fields.filter(({ type }) => !tables.has(type.replace(/[?[\]]/g, "")));
    const named = (kind: string) =>
      lines.flatMap((line) => {
        const [, list, map] = new RegExp(`^@@${kind}\\(\\[(.*?)\\], map: "(.*?)"\\)`).exec(line) ?? [];
        return list === undefined ? [] : [[map!, columnsOf(list)] as const];
      });
    const single = own.flatMap((field) => {
      const [, map] = /@unique\(map: "(.*?)"\)/.exec(field.attributes) ?? [];
      return map === undefined ? [] : [[map, `(${columnName(field)})`] as const];
    });
    const id = own.find(({ attributes }) => /@id\b/.test(attributes))!;
    return {
      table,
      columns: own.map(columnFrom),
      primaryKey: `${table}_pkey PRIMARY KEY (${columnName(id)})`,
      uniques: [...single, ...named("unique")].map(([name, list]) => `${name} UNIQUE ${list}`),
      indexes: named("index").map(([name, list]) => `${name} ${list}`),
      foreignKeys: fields.flatMap((field) => foreignKeyFrom(field, tables, columnOf)),
    };
  });
}

function readBlock(name: string, body: string) {
  const lines = body.split("\n").map((line) => line.trim());
  const fields = lines.flatMap((line): Field[] => {
    const [, field, type, attributes] = /^(\w+)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
    return field === undefined ? [] : [{ name: field, type: type!, attributes: attributes! }];
  });
  return { name, table: /@@map\("(.*?)"\)/.exec(body)![1]!, lines, fields };
}

function columnName({ name, attributes }: Field): string {
  return /@map\("(.*?)"\)/.exec(attributes)?.[1] ?? name;
}

function columnFrom(field: Field): Column {
  const { type, attributes } = field;
  const written = /@default\((.*?)\)/.exec(attributes)?.[1];
  const base = baseType(type.replace(/[?[\]]/g, ""), attributes);
  return {
    name: columnName(field),
    type: type.endsWith("[]") ? `${base}[]` : base,
    nullable: type.endsWith("?"),
    default: written?.startsWith('"') ? `'${written.slice(1, -1)}'::${base}` : (written ?? null),
  };
}

function baseType(type: string, attributes: string): string {
  if (attributes.includes("@db.Uuid")) return "uuid";
  const precision = /@db\.Timestamptz\((\d)\)/.exec(attributes)?.[1];
  if (precision !== undefined) return `timestamp(${precision}) with time zone`;
  const known = TYPES[type];
  if (known === undefined || attributes.includes("@db."))
    throw new TypeError(`teach this parser ${type} ${attributes}`);
  return known;
}

function foreignKeyFrom(
  { type, attributes }: Field,
  tables: ReadonlyMap<string, string>,
  columnOf: (field: string) => string,
): string[] {
  const pattern =
    /@relation\(fields: \[(\w+)\], references: \[id\], onDelete: Cascade, onUpdate: NoAction, map: "(.*?)"\)/;
  const [, field, map] = pattern.exec(attributes) ?? [];
  if (field === undefined) return [];
  return [
    `${map} FOREIGN KEY (${columnOf(field)}) REFERENCES ${tables.get(type.replace("?", ""))}(id) ON DELETE CASCADE`,
  ];
}
