// Changes of a JSON body that leave it JSON.

/** Changes a JSON body as a tree; any other body stays. */
export function onStructure(change) {
  return (request, random) => {
    try {
      const tree = JSON.parse(request.body.toString("utf8"));
      return { ...request, body: Buffer.from(JSON.stringify(change(tree, random)) ?? "") };
    } catch {
      return request;
    }
  };
}

/** A container somewhere in the tree, and one key of it. */
function somewhere(tree, random) {
  let place;
  for (let node = tree; typeof node === "object" && node !== null && Object.keys(node).length > 0; ) {
    const key = random.pick(Object.keys(node));
    place = { node, key };
    if (random.chance(0.3)) break;
    node = node[key];
  }
  return place;
}

// biome-ignore format: a table
const ODD = [null, "", 0, -1, true, [], {}, [[]], "\u200b", "x".repeat(300), 1e300, { value: 1 }, ["a@example.com"], "2026-13-01T00:00:00Z", "\ud800", { email: "b@example.com" }];

export function replaced(tree, random) {
  const place = somewhere(tree, random);
  if (place === undefined) return random.pick(ODD);
  place.node[place.key] = random.pick(ODD);
  return tree;
}

export function wrapped(tree, random) {
  const place = somewhere(tree, random);
  if (place === undefined) return [tree];
  let value = place.node[place.key];
  for (let levels = 1 + random.below(70); levels > 0; levels--) value = random.chance(0.5) ? [value] : { data: value };
  place.node[place.key] = value;
  return tree;
}

export function doubled(tree, random) {
  const place = somewhere(tree, random);
  if (place === undefined) return [tree, tree];
  const { node, key } = place;
  if (Array.isArray(node)) node.push(...Array(random.below(50)).fill(node[key]));
  else for (let count = random.below(50); count > 0; count--) node[`${key}${count}`] = node[key];
  return tree;
}

// biome-ignore format: a table
const KEYS = ["email", "E-Mail", "name", "data", "value", "type", "id", "toString", "", "attributes", "\u0000"];

export function renamed(tree, random) {
  const place = somewhere(tree, random);
  if (place === undefined || Array.isArray(place.node)) return tree;
  const { node, key } = place;
  node[random.pick([...KEYS, `${key}_2`, key.toUpperCase()])] = node[key];
  delete node[key];
  return tree;
}
