import type { Finding, LintRule, MemberPath } from './finding.ts';

/** A pattern of a trigger, and the way to it. */
interface Pattern {
  text: string;
  path: MemberPath;
  ofFiles: boolean;
}

const matchesSomething: LintRule = ({ triggers = [] }) =>
  triggers.flatMap(({ gitConfiguration: { push = [], pullRequest = [] } }, index) => {
    const base = ['triggers', index, 'gitConfiguration'];
    const patterns = [
      ...push.flatMap((filter, at) => patternsOf(filter, [...base, 'push', at])),
      ...pullRequest.flatMap((filter, at) => patternsOf(filter, [...base, 'pullRequest', at])),
    ];
    return patterns.flatMap(check);
  });

type Criteria = { includes?: string[]; excludes?: string[] } | undefined;

function patternsOf(filter: object, path: MemberPath): Pattern[] {
  return Object.entries(filter as Record<string, Criteria>).flatMap(([kind, criteria]) => {
    if (kind === 'events') return [];
    return (['includes', 'excludes'] as const).flatMap((list) =>
      (criteria?.[list] ?? []).map((text, index) => ({
        text,
        path: [...path, kind, list, index],
        ofFiles: kind === 'filePaths',
      })),
    );
  });
}

function check({ text, path, ofFiles }: Pattern): Finding[] {
  if (ofFiles && (text.startsWith('/') || text.startsWith('./'))) {
    const fix = `Write ${text.replace(/^\.?\/+/, '')}.`;
    return [
      {
        rule: 'useless-pattern',
        severity: 'warning',
        path,
        message: `'${text}' matches no file: paths begin with a name.`,
        fix,
      },
    ];
  }
  if (!ofFiles && text.startsWith('refs/')) {
    const fix = `Write ${text.replace(/^refs\/(heads|tags)\//, '')}.`;
    return [
      {
        rule: 'useless-pattern',
        severity: 'warning',
        path,
        message: `'${text}' matches nothing: branches and tags go by their short names.`,
        fix,
      },
    ];
  }
  if (!ofFiles || !text.startsWith('**/')) return [];
  const message = `'${text}' matches no file of the top folder.`;
  const fix = `Add ${text.slice(3)}, or write **${text.slice(3).replace(/^\*/, '')} if it may match across folders.`;
  return [{ rule: 'pattern-below-top', severity: 'warning', path, message, fix }];
}

/** Rules about the patterns of triggers. */
export const patternRules: LintRule[] = [matchesSomething];
