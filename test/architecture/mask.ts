/**
 * Replaces everything but code (comments, contents of strings, templates and regular expressions) with spaces, so simple
 * patterns match only code. Offsets and line ends do not change.
 */
export function maskSource(text: string): string {
  const masked = text.split('');
  const blank = (from: number, to: number) => {
    for (let i = from; i < to; i += 1) if (masked[i] !== '\n') masked[i] = ' ';
  };
  // One entry per open `${` of a template: how many braces are open inside it.
  const bracesInTemplates: number[] = [];
  let at = 0;
  const skipTemplate = () => {
    const end = templateEnd(text, at);
    blank(at, end.isExpression ? end.offset - 2 : end.offset - 1);
    if (end.isExpression) bracesInTemplates.push(0);
    at = end.offset;
  };
  while (at < text.length) {
    const token = nextToken(text, at, masked);
    at = token.from;
    if (token.kind === 'template') {
      at += 1;
      skipTemplate();
    } else if (token.kind === 'brace') {
      const depth = bracesInTemplates.at(-1);
      at += 1;
      if (depth === undefined) continue;
      if (text[at - 1] === '}' && depth === 0) {
        bracesInTemplates.pop();
        skipTemplate();
      } else {
        bracesInTemplates[bracesInTemplates.length - 1] = depth + (text[at - 1] === '{' ? 1 : -1);
      }
    } else {
      blank(token.kind === 'comment' ? token.from : token.from + 1, token.kind === 'comment' ? token.to : token.to - 1);
      at = token.to;
    }
  }
  return masked.join('');
}

interface Token {
  kind: 'comment' | 'quoted' | 'template' | 'brace';
  from: number;
  to: number;
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const quoted = /'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?/y;
const regularExpression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;

function nextToken(text: string, start: number, masked: string[]): Token {
  for (let from = start; from < text.length; from += 1) {
    const character = text[from];
    if (character === '`') return { kind: 'template', from, to: from + 1 };
    if (character === '{' || character === '}') return { kind: 'brace', from, to: from + 1 };
    if (character !== '/' && character !== "'" && character !== '"') continue;
    const commentEnd = matchEnd(comment, text, from);
    if (commentEnd !== undefined) return { kind: 'comment', from, to: commentEnd };
    const isQuote = character !== '/';
    if (!isQuote && isDivision(masked.slice(Math.max(0, from - 200), from).join(''))) continue;
    const end = matchEnd(isQuote ? quoted : regularExpression, text, from);
    if (end !== undefined) return { kind: 'quoted', from, to: end };
  }
  return { kind: 'comment', from: text.length, to: text.length };
}

function matchEnd(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Whether a slash divides, as it does after a value. Elsewhere it begins a regular expression. */
function isDivision(before: string): boolean {
  const code = before.trimEnd();
  if (/(?:^|[^\w$.])(?:return|typeof|case|in|of|void|delete|await|yield|throw|else|do)$/.test(code)) return false;
  return /[\w$)\]'"`]$/.test(code);
}

/** Returns where the text of a template stops that continues at `at`: after its closing quote or a `${`. */
function templateEnd(text: string, at: number): { offset: number; isExpression: boolean } {
  for (let offset = at; offset < text.length; offset += 1) {
    if (text[offset] === '\\') offset += 1;
    else if (text[offset] === '`') return { offset: offset + 1, isExpression: false };
    else if (text.startsWith('${', offset)) return { offset: offset + 2, isExpression: true };
  }
  return { offset: text.length + 1, isExpression: false };
}
