import { JSONPathEnvironment, JSONPathNode, type JSONPathQuery, jsonpath, TokenKind } from 'json-p3';

/**
 * JSONPath for the filters of webhooks. Paths come from callers of PutWebhook, documents from anyone who knows a URL, so
 * the cost of both is bounded: there are no functions and so no regular expressions, `[?…]` reads only the element itself,
 * and a search takes a limited number of steps.
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

/** An invalid path; the message says why. */
export class JsonPathError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonPathError';
  }
}

/** Thrown when a search exceeds its budget. */
export class SearchBudgetError extends Error {
  constructor() {
    super('The search takes too many steps.');
    this.name = 'SearchBudgetError';
  }
}

/** Steps left, one for each element visited; searches may share a budget. */
export interface SearchBudget {
  steps: number;
}

/** Yielded among the values of a search where other calls may get a turn. */
export const pause = Symbol('pause');

/** Steps between two pauses; a few milliseconds. */
const stepsToPause = 5000;

/** A parsed path. */
export interface JsonPath {
  /** Yields the selected values, in no particular order, and pauses. Throws `SearchBudgetError`. */
  select(document: unknown, budget: SearchBudget): Iterable<unknown>;
}

/**
 * Reads a path of RFC 9535 without functions, whose `[?…]` only compare members with literals. Throws `JsonPathError`.
 */
export function readJsonPath(text: string): JsonPath {
  if (!text.startsWith('$')) throw new JsonPathError("It must begin with '$'.");
  const steps = compile(text).segments.map((segment) => ({
    // The library does not export its segment classes.
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
    // Any parser error means that the path is invalid.
    throw new JsonPathError('It must be a JSONPath of RFC 9535 without functions.');
  }
}

/** Counts the steps of evaluating a filter once: a name, an index or a literal each. Throws if it would search. */
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

/** Counts the steps to the next pause. */
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

/** Takes one step from each node. It is lazy: the search ends when its reader stops. */
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
    // Locations are not needed, and deep in a document they cost more than the value.
    yield nodeOf(selected.value);
  }
}

/** Elements filtered together; `[?…]` reads each by itself. */
const comparedAtOnce = 1000;

/** Splits a long list or object into parts with the same elements. */
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

/** Yields a node and all its descendants; iterative, so depth is unlimited. */
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
