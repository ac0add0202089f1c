/** Reports whether a glob matches all of a text. */
export type Glob = (text: string) => boolean;

/** One step of a glob: the characters it takes, and the steps that may follow. */
interface Step {
  takes(character: string): boolean;
  next: number[];
}

/** A set of steps that may come next, with the sets that follow it by the character that was read. */
interface State {
  steps: number[];
  isEnd: boolean;
  next: Map<string, State>;
}

/** More states than a usual pattern has; then they are forgotten and made again. */
const maxStates = 200;

/** Longer texts match nothing: no usual path is longer, and every match has to end soon. */
const maxGlobText = 4096;

/** The step after the last one, which takes nothing. */
const end = 0;

/**
 * Compiles a pattern of a trigger, in the dialect of Java's path matcher (behaviour C.12): `*` and `?` match within one
 * segment of a path, `**` across segments, `[…]` is a class that `!` negates and never matches `/`, `{…,…}` are choices,
 * and a backslash escapes a character. The pattern must have passed `globMistake`. Matching takes time linear in the text
 * for usual patterns; the longest text takes some 20 ms with the worst pattern.
 */
export function compileGlob(pattern: string): Glob {
  const { steps, first } = readPattern([...pattern]);
  const words = Math.ceil(steps.length / 32);
  const setOf = (members: number[]): Uint32Array => {
    const set = new Uint32Array(words);
    for (const at of members) set[at >>> 5] = (set[at >>> 5] ?? 0) | (1 << (at & 31));
    return set;
  };
  const nextOf = steps.map(({ next }) => setOf(next));
  const known = new Map<string, State>();
  const intern = (set: Uint32Array): State => {
    const key = String.fromCharCode(...new Uint16Array(set.buffer));
    const found = known.get(key);
    if (found) return found;
    if (known.size === maxStates) {
      known.clear();
      start.next.clear();
    }
    const members: number[] = [];
    for (let at = 0; at < steps.length; at += 1) if (has(set, at)) members.push(at);
    const state = stateOf(members);
    known.set(key, state);
    return state;
  };
  const follow = (state: State, character: string): State => {
    const set = new Uint32Array(words);
    for (const at of state.steps) {
      const next = nextOf[at];
      if (!next || !steps[at]?.takes(character)) continue;
      for (let word = 0; word < words; word += 1) set[word] = (set[word] ?? 0) | (next[word] ?? 0);
    }
    const followed = intern(set);
    state.next.set(character, followed);
    return followed;
  };
  const start = stateOf(first);
  return (text) => {
    if (text.length > maxGlobText) return false;
    let state = start;
    for (const character of text) {
      if (state.steps.length === 0) return false;
      state = state.next.get(character) ?? follow(state, character);
    }
    return state.isEnd;
  };
}

function has(set: Uint32Array, at: number): boolean {
  return ((set[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
}

function stateOf(steps: number[]): State {
  return { steps, isEnd: steps.includes(end), next: new Map() };
}

type Token = { takes: Step['takes']; repeats?: true } | { choices: Token[][] };

/** Turns a pattern into its steps, and those that it may begin with. */
function readPattern(characters: string[]): { steps: Step[]; first: number[] } {
  // The one at `end`.
  const steps: Step[] = [{ takes: () => false, next: [] }];
  const build = (tokens: Token[], after: number[]): number[] => tokens.reduceRight(prepend, after);
  const prepend = (after: number[], token: Token): number[] => {
    if ('choices' in token) return [...new Set(token.choices.flatMap((choice) => build(choice, after)))];
    const at = steps.length;
    const first = token.repeats ? [at, ...after] : [at];
    steps.push({ takes: token.takes, next: token.repeats ? first : after });
    return first;
  };
  return { steps, first: build(readTokens(characters), [end]) };
}

const isAny = () => true;
const isInSegment = (character: string) => character !== '/';

function readTokens(characters: string[]): Token[] {
  const tokens: Token[] = [];
  let choices: Token[][] | undefined;
  let into = tokens;
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '{') {
      into = [];
      choices = [into];
    } else if (character === ',' && choices) {
      into = [];
      choices.push(into);
    } else if (character === '}' && choices) {
      tokens.push({ choices });
      choices = undefined;
      into = tokens;
    } else if (character === '[') {
      const close = characters.indexOf(']', at);
      into.push({ takes: readClass(characters.slice(at + 1, close)) });
      at = close;
    } else if (character === '*') {
      const isAcross = characters[at + 1] === '*';
      into.push({ takes: isAcross ? isAny : isInSegment, repeats: true });
      if (isAcross) at += 1;
    } else if (character === '?') {
      into.push({ takes: isInSegment });
    } else {
      if (character === '\\') at += 1;
      const literal = characters[at];
      into.push({ takes: (other) => other === literal });
    }
  }
  return tokens;
}

/** Reads what stands between brackets: characters and ranges, which `!` before them negates. */
function readClass(members: string[]): Step['takes'] {
  const isNegated = members[0] === '!';
  const listed = isNegated ? members.slice(1) : members;
  const single = new Set<string>();
  const ranges: { first: string; last: string }[] = [];
  for (let at = 0; at < listed.length; at += 1) {
    const [first = '', dash, last] = listed.slice(at, at + 3);
    if (dash === '-' && last !== undefined && first !== '-') {
      ranges.push({ first, last });
      at += 2;
    } else {
      single.add(first);
    }
  }
  const isListed = (character: string) =>
    single.has(character) || ranges.some(({ first, last }) => first <= character && character <= last);
  return (character) => character !== '/' && isListed(character) !== isNegated;
}
