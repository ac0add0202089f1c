import { type Finding, lineAt, type SourceFile } from './source-file.ts';

/** Sections of docs/decisions.md, as citations name them. */
const sections = ['behaviour', 'clients', 'decision', 'operations', 'wire'];

/** Where an entry says its rule comes from. */
const origins = ['AWS documentation', 'inferred', 'observed', 'ours'];

const key = String.raw`(?:[A-Z]\.)?\d+(?:\.\d+)*`;
// A citation may be wrapped inside a comment, so a space can be a line break with the marks of the next line.
const gap = String.raw`(?: |\s*\n[ \t]*(?:\*|//|--|#)?[ \t]*)`;
const group = `(?:${sections.join('|')})${gap}${key}(?:,${gap}${key})*`;
const citation = new RegExp(String.raw`\((${group}(?:;${gap}${group})*)\)`, 'g');

/**
 * What looks like a citation: a section with a number in any spelling, a section sign, or the number of a behaviour
 * alone.
 */
const attempt = new RegExp(
  String.raw`\b(?:behaviou?rs?|clients|decisions?|operations|wire)${gap}(?:§\s*)?(?:[A-Z]\.)?\d[\d.]*(?![\w.%,]*\w)|(?<!RFC \d{3,5} )§|\b[A-H]\.\d+\b`,
  'gi',
);

interface Citation {
  /** Section and number: `behaviour C.8`. */
  rule: string;
  path: string;
  line: number;
}

function citationsOf({ path, text }: SourceFile): Citation[] {
  return [...text.matchAll(citation)].flatMap(({ 1: inner = '', index }) =>
    inner
      .replaceAll(new RegExp(gap, 'g'), ' ')
      .split('; ')
      .flatMap((part) => {
        const [section = '', ...numbers] = part.split(/,? /);
        return numbers.map((number) => ({ rule: `${section} ${number}`, path, line: lineAt(text, index) }));
      }),
  );
}

/** Finds citations that do not have the form `(behaviour A.6, C.8; decision 10)`. */
function malformed({ path, text }: SourceFile): Finding[] {
  const whole = [...text.matchAll(citation)].map(({ 0: { length }, index }) => ({ from: index, to: index + length }));
  return [...text.matchAll(attempt)]
    .filter(({ index }) => !whole.some(({ from, to }) => from <= index && index < to))
    .map(({ 0: words, index }) => ({
      path,
      line: lineAt(text, index),
      message: `cites ${words.replaceAll(/\s+/g, ' ')}: expected the form (behaviour A.6, C.8; decision 10)`,
    }));
}

interface Entries {
  /** Line of each entry, by section and number. */
  lines: Map<string, number>;
  findings: Finding[];
}

/** Reads the entries of the page: `- **number** text [origins]` below a heading that names the section. */
function readEntries({ path, text }: SourceFile): Entries {
  const lines = new Map<string, number>();
  const findings: Finding[] = [];
  let section = '';
  for (const match of text.matchAll(/^## (.+)$|^- \*\*(\S+)\*\* .*(?:\n {2}.*)*/gm)) {
    const [whole, heading, number] = match;
    if (heading !== undefined) {
      section = heading.toLowerCase();
      continue;
    }
    const rule = `${section} ${number}`;
    const line = lineAt(text, match.index);
    if (lines.has(rule)) findings.push({ path, line, message: `has ${rule} twice` });
    lines.set(rule, line);
    const named = /\[([^\]]+)\]$/.exec(whole)?.[1]?.split(', ') ?? [];
    if (named.length === 0 || named.some((origin) => !origins.includes(origin))) {
      findings.push({ path, line, message: `${rule} has to end with its origins: [${origins.join(', ')}]` });
    }
  }
  return { lines, findings };
}

/** Finds citations without an entry on the page, entries that nothing cites, and citations in another form. */
export function brokenCitations(page: SourceFile, files: SourceFile[]): Finding[] {
  const { lines, findings } = readEntries(page);
  const citations = files.flatMap(citationsOf);
  const cited = new Set(citations.map(({ rule }) => rule));
  return [
    ...findings,
    ...files.flatMap(malformed),
    ...citations
      .filter(({ rule }) => !lines.has(rule))
      .map(({ path, line, rule }) => ({ path, line, message: `cites ${rule}, which is not in ${page.path}` })),
    ...[...lines]
      .filter(([rule]) => !cited.has(rule))
      .map(([rule, line]) => ({ path: page.path, line, message: `${rule} is not cited: remove the entry` })),
  ];
}
