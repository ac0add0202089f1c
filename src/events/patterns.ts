import { PatternError } from './pattern-error.ts';
import { type Complexity, compileComparison, onlyMember, type Scalar, Value, type ValueTest } from './value-tests.ts';

/** A compiled event pattern of EventBridge. */
export interface EventPattern {
  /** Reports whether it selects an event, in time linear to the sizes of both. */
  matches(event: object): boolean;
}

/** Fields that must all match, and groups of alternatives of which one must each. */
interface ObjectNode {
  fields: { name: string; node: ObjectNode | LeafNode }[];
  choices: ObjectNode[][];
}

/** What the values of a field may be. */
interface LeafNode {
  exact: Set<unknown>;
  tests: ValueTest[];
  /** `{ "exists": true }`, for any value. */
  isAnyValue: boolean;
  /** `{ "exists": false }`, with the field's path from the root. */
  absentPath?: readonly string[];
}

/** Members that cannot be names of fields in an alternative, because they look like a comparison. */
const reservedInChoice = new Set([
  'exactly',
  'numeric',
  'prefix',
  'suffix',
  'exists',
  'anything-but',
  'cidr',
  'equals-ignore-case',
  'wildcard',
]);

/** Compiles a pattern, as JSON text or parsed; throws PatternError. */
export function compilePattern(pattern: string | object): EventPattern {
  const root = objectNode(typeof pattern === 'string' ? parse(pattern) : pattern, [], { stars: 0 });
  return { matches: (event) => new Match(event).matchesObject(root, event) };
}

function parse(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new PatternError('Invalid JSON');
  }
  if (!isPlainObject(parsed)) throw new PatternError('Filter is not an object');
  return parsed;
}

/** Reports whether a value is a JSON object. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectNode(pattern: object, path: readonly string[], complexity: Complexity, isChoice = false): ObjectNode {
  const node: ObjectNode = { fields: [], choices: [] };
  const members = Object.entries(pattern);
  if (members.length === 0) throw new PatternError('Empty objects are not allowed');
  for (const [name, value] of members) {
    const fieldPath = [...path, name];
    if (name === '$or') {
      node.choices.push(choice(value, path, complexity));
    } else if (isChoice && reservedInChoice.has(name)) {
      throw new PatternError(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
    } else if (Array.isArray(value)) {
      node.fields.push({ name, node: leafNode(value, fieldPath, complexity) });
    } else if (isPlainObject(value)) {
      node.fields.push({ name, node: objectNode(value, fieldPath, complexity, isChoice) });
    } else {
      throw new PatternError(`"${name}" must be an object or an array`);
    }
  }
  return node;
}

function choice(alternatives: unknown, path: readonly string[], complexity: Complexity): ObjectNode[] {
  if (!Array.isArray(alternatives)) throw new PatternError('It must be an Array followed with $or.');
  if (!alternatives.every(isPlainObject)) {
    throw new PatternError('Only JSON object is allowed in array of $or relationship.');
  }
  if (alternatives.length < 2) throw new PatternError('There must have at least 2 Objects in $or relationship.');
  return alternatives.map((alternative) => objectNode(alternative, path, complexity, true));
}

function leafNode(values: unknown[], path: readonly string[], complexity: Complexity): LeafNode {
  if (values.length === 0) throw new PatternError('Empty arrays are not allowed');
  const leaf: LeafNode = { exact: new Set(), tests: [], isAnyValue: false };
  for (const value of values) {
    if (Array.isArray(value)) throw new PatternError('Match value must be String, number, true, false, or null');
    if (!isPlainObject(value)) {
      leaf.exact.add(value);
      continue;
    }
    const [name, operand] = onlyMember(value);
    if (name !== 'exists') {
      leaf.tests.push(compileComparison(name, operand, complexity));
    } else if (operand === true) {
      leaf.isAnyValue = true;
    } else if (operand === false) {
      leaf.absentPath = path;
    } else {
      throw new PatternError('exists match pattern must be either true or false.');
    }
  }
  return leaf;
}

/** One event that is compared with one pattern. */
class Match {
  readonly #event: object;
  readonly #absences = new Map<LeafNode, boolean>();

  constructor(event: object) {
    this.#event = event;
  }

  /** Of an array one element has to match as a whole: fields of different elements don't add up. */
  matchesObject(node: ObjectNode, value: unknown): boolean {
    const objects = itemsOf(value).filter(isPlainObject);
    return objects.length === 0
      ? this.#matchesFields(node, {})
      : objects.some((item) => this.#matchesFields(node, item));
  }

  #matchesFields({ fields, choices }: ObjectNode, object: Record<string, unknown>): boolean {
    return (
      fields.every(({ name, node }) => {
        const value = Object.hasOwn(object, name) ? object[name] : undefined;
        return 'fields' in node ? this.matchesObject(node, value) : this.#matchesLeaf(node, value);
      }) && choices.every((alternatives) => alternatives.some((node) => this.#matchesFields(node, object)))
    );
  }

  #matchesLeaf(leaf: LeafNode, field: unknown): boolean {
    const { exact, tests, isAnyValue } = leaf;
    for (const scalar of itemsOf(field)) {
      if (!isScalar(scalar)) continue;
      if (isAnyValue || exact.has(scalar)) return true;
      if (tests.length === 0) continue;
      const value = new Value(scalar);
      if (tests.some((test) => test(value))) return true;
    }
    return this.#isAbsent(leaf);
  }

  /** Looks at the whole event, since no element of any array on the way may have the field. Asked once for all elements. */
  #isAbsent(leaf: LeafNode): boolean {
    if (!leaf.absentPath) return false;
    let isAbsent = this.#absences.get(leaf);
    if (isAbsent === undefined) {
      let found: unknown[] = [this.#event];
      for (const name of leaf.absentPath) {
        found = found.flatMap((object) =>
          isPlainObject(object) && Object.hasOwn(object, name) ? itemsOf(object[name]) : [],
        );
      }
      isAbsent = !found.some(isScalar);
      this.#absences.set(leaf, isAbsent);
    }
    return isAbsent;
  }
}

/** Returns the elements of an array and of the arrays in it, without recursion; another value alone. */
function itemsOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [value];
  const items: unknown[] = [];
  const pending: unknown[] = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (!Array.isArray(next)) items.push(next);
    else for (let index = next.length - 1; index >= 0; index -= 1) pending.push(next[index]);
  }
  return items;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
