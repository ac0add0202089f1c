/** Why a repository could not be read. */
type GitFailure = 'unreachable' | 'denied' | 'missing' | 'refused' | 'too large' | 'too slow' | 'not installed';

/** A repository could not be read. The message is for the user and holds no secrets. */
export class GitError extends Error {
  override name = 'GitError';
  readonly failure: GitFailure;

  constructor(failure: GitFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

const denied =
  /authentication failed|could not read (?:username|password)|permission denied|access denied|HTTP 40[13]|requested URL returned error: 40[13]|host key verification failed/i;
const missing =
  /repository .*not found|requested URL returned error: 404|does not appear to be a git repository|couldn't find remote ref|not our ref|unadvertised object|no such remote ref/i;
const refused = /redirect|transport '.*' not allowed|fsck|unsafe|invalid (?:path|URL)/i;
const unreachable =
  /could not resolve host|connection (?:refused|timed out|reset)|failed to connect|unable to connect|operation too slow|early EOF|hung up unexpectedly|requested URL returned error: 5\d\d/i;

/** What is printed when a limit was reached; that of a file's size ends the part of `git` that unpacks. */
const limits: [RegExp, string][] = [
  [/^out of memory\b/i, 'what the server sends does not fit into memory'],
  [
    /^(?:fetch-pack: invalid index-pack output|(?:index-pack|unpack-objects) died of signal)/i,
    'what the server sends does not fit into --git-cache-mib',
  ],
];

/** Explains what `git` printed before it failed. */
export function explainGit(what: string, printed: string): GitError {
  const lines = printed.split('\n').map((line) => line.trim());
  const line = lines.find((text) => /^(?:fatal|error|remote|ssh):/i.test(text)) ?? lines.find((text) => text !== '');
  const reason = (line ?? 'git gave no reason').replace(/^(?:fatal|error): /, '').slice(0, 500);
  const [, limit] = limits.find(([pattern]) => pattern.test(reason)) ?? [];
  if (limit !== undefined) return new GitError('too large', `Cannot ${what}: ${limit}.`);
  return new GitError(failureOf(printed), `Cannot ${what}: ${reason}`);
}

function failureOf(printed: string): GitFailure {
  if (denied.test(printed)) return 'denied';
  if (missing.test(printed)) return 'missing';
  if (refused.test(printed)) return 'refused';
  if (unreachable.test(printed)) return 'unreachable';
  return 'refused';
}
