import { JSONPathEnvironment, JSONPathNode, type JSONPathQuery, jsonpath, TokenKind } from 'json-p3';

/**
 * JSONPath for the filters of webhooks. Callers of PutWebhook write the paths and whoever knows a URL writes the
 * documents, so neither may cost more than its length deserves: there are no functions and so no regular expressions,
 * what stands in `[?…]` looks only into the element itself, and searches end after a bounded number of steps.
 */

type JsonValue = ConstructorParameters<typeof JSONPathNode>[0];
type Segment = JSONPathQuery['segments'][number];
type Selector = Segment['selectors'][number];
type Expression = InstanceType<typeof jsonpath.expressions.FilterExpression>;

const { FilterSelector } = jsonpath.selectors;
const { FilterExpressionLiteral, InfixExpression, LogicalExpression, PrefixExpression, RelativeQuery } =
  jsonpath.expressions;

const environment = new JSONPathEnvironment();
environment.functionRegister.clear();

/** A path that cannot be used; the message says why. */
export class JsonPathError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonPathError';
  }
}

/** A search that was given up because its budget was spent. */
export class SearchBudgetError extends Error {
  constructor() {
    super('The search takes too many steps.');
    this.name = 'SearchBudgetError';
  }
}

/** How many more steps may be taken; searches may share one. A step is one element looked at. */
export interface SearchBudget {
  steps: number;
}

/** Comes among the values of a search where others may get their turn. */
export const pause = Symbol('pause');

/** Steps between two pauses, some milliseconds apart. */
const stepsToPause = 5000;

/** A path that can be used. */
export interface JsonPath {
  /** The values it selects, in no particular order, and pauses. Throws `SearchBudgetError` on the way. */
  select(document: unknown, budget: SearchBudget): Iterable<unknown>;
}

/**
 * Reads a path of RFC 9535 without functions, whose `[?…]` only compare members with literals. Throws `JsonPathError`.
 */
export function readJsonPath(text: string): JsonPath {
  if (!text.startsWith('$')) throw new JsonPathError("It must begin with '$'.");
  const steps = compile(text).segments.map((segment) => ({
    // The library does not export its classes of segments.
    isDescending: segment.token.kind === TokenKind.DDOT,
    selectors: segment.selectors.map((selector) => ({
      selector,
      cost: selector instanceof FilterSelector ? costOf(selector.expression) : 0,
    })),
  }));
  return { select: (document, budget) => search(steps, document, budget) };
}

function compile(text: string): JSONPathQuery {
  try {
    return environment.compile(text);
  } catch {
    // Whatever makes the parser stumble is no path.
    throw new JsonPathError('It must be a JSONPath of RFC 9535 without functions.');
  }
}

/** Steps that one evaluation of a filter takes: a name, an index or a literal each. Throws for one that searches. */
function costOf(expression: Expression): number {
  if (expression instanceof FilterExpressionLiteral) return 1;
  if (expression instanceof RelativeQuery && expression.path.singularQuery()) {
    return 1 + expression.path.segments.length;
  }
  if (expression instanceof LogicalExpression) return costOf(expression.expression);
  if (expression instanceof PrefixExpression) return costOf(expression.right);
  if (expression instanceof InfixExpression) {
    const { left, right, logical } = expression;
    const hasLiteral = [left, right].some((operand) => operand instanceof FilterExpressionLiteral);
    if (logical || hasLiteral) return costOf(left) + costOf(right);
  }
  throw new JsonPathError(
    "'[?…]' may only look at members of the element, such as @.name, and compare them with literals.",
  );
}

interface Step {
  isDescending: boolean;
  selectors: { selector: Selector; cost: number }[];
}

type Node = JSONPathNode | typeof pause;

/** Says when the next pause is due. */
class Pace {
  readonly #budget: SearchBudget;
  #pauseAt: number;

  constructor(budget: SearchBudget) {
    this.#budget = budget;
    this.#pauseAt = budget.steps - stepsToPause;
  }

  isDue(): boolean {
    if (this.#budget.steps > this.#pauseAt) return false;
    this.#pauseAt = this.#budget.steps - stepsToPause;
    return true;
  }
}

function* search(steps: Step[], document: unknown, budget: SearchBudget): Generator<unknown> {
  const pace = new Pace(budget);
  let nodes: Iterable<Node> = [nodeOf(document)];
  for (const step of steps) nodes = take(step, nodes, { budget, pace });
  for (const node of nodes) {
    yield node === pause ? pause : node.value;
    if (pace.isDue()) yield pause;
  }
}

/** One step from each of the nodes. Nothing is gathered: the search ends where its reader stops reading. */
function* take(step: Step, nodes: Iterable<Node>, limits: { budget: SearchBudget; pace: Pace }): Generator<Node> {
  const { budget, pace } = limits;
  for (const node of nodes) {
    if (node === pause) {
      yield pause;
      continue;
    }
    for (const visited of step.isDescending ? descend(node, budget) : [node]) {
      for (const { selector, cost } of step.selectors) {
        for (const part of cost === 0 ? [visited] : partsOf(visited)) {
          yield* resolve(selector, cost, part, budget);
          if (pace.isDue()) yield pause;
        }
      }
    }
  }
}

function* resolve(selector: Selector, cost: number, node: JSONPathNode, budget: SearchBudget): Generator<JSONPathNode> {
  spend(budget, cost === 0 ? 1 : 1 + cost * childrenOf(node.value).length);
  for (const selected of selector.lazyResolve(node)) {
    spend(budget, 1);
    // Where a value lies is of no interest here, and deep down costs more than the value.
    yield nodeOf(selected.value);
  }
}

/** Elements that are compared at once; what stands in `[?…]` looks at each by itself. */
const comparedAtOnce = 1000;

/** A long list or object in parts, which together have the same elements. */
function* partsOf(node: JSONPathNode): Generator<JSONPathNode> {
  const elements = childrenOf(node.value);
  if (elements.length <= comparedAtOnce) {
    yield node;
    return;
  }
  for (let start = 0; start < elements.length; start += comparedAtOnce) {
    yield nodeOf(elements.slice(start, start + comparedAtOnce));
  }
}

/** The node and all below it; without recursion, so that no depth is too deep. */
function* descend(node: JSONPathNode, budget: SearchBudget): Generator<JSONPathNode> {
  const left = [node.value];
  while (left.length > 0) {
    const value = left.pop() ?? null;
    spend(budget, 1);
    yield nodeOf(value);
    for (const child of childrenOf(value)) left.push(child);
  }
}

function childrenOf(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function nodeOf(value: unknown): JSONPathNode {
  return new JSONPathNode(value as JsonValue, [], null);
}

function spend(budget: SearchBudget, steps: number): void {
  budget.steps -= steps;
  if (budget.steps < 0) throw new SearchBudgetError();
}
