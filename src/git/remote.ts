import { GitError } from './git-error.ts';

/** A repository, and how a call proves who it is. */
export interface GitRemote {
  url: string;
  /** Whether the URL may be a path of this machine: only if an operator declared it. */
  allowsFile?: boolean;
  credential?: { username: string; password: string } | { privateKey: string };
  /** Lines of a `known_hosts` file; without them no host of an SSH URL is trusted. */
  knownHosts?: string;
}

const schemes = new Set(['http:', 'https:', 'ssh:', 'file:']);

/** An address as `scp` has it, such as `git@host:team/shop.git`. */
const scpAddress = /^([A-Za-z0-9_.-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!\/\/|-)[^\s]+$/;

/** Says why a URL can't be a repository, as the end of a sentence; undefined if it can. */
export function urlMistake(url: string, { allowsFile = false } = {}): string | undefined {
  if (/[\s\p{Cc}]/u.test(url)) return 'it has a space or a control character';
  if (url.startsWith('-')) return 'it begins with a hyphen';
  if (url.includes('::')) return 'remote helpers such as ext:: are not allowed';
  if (scpAddress.test(url)) return undefined;
  if (!URL.canParse(url)) return 'it is not a URL';
  const { protocol, username, password, hostname } = new URL(url);
  if (!schemes.has(protocol)) return `the scheme ${protocol.slice(0, -1)} is not one of http, https, ssh and file`;
  if (protocol === 'file:') return allowsFile ? undefined : 'paths of this server are not allowed here';
  if (password !== '' || (username !== '' && protocol !== 'ssh:')) {
    return 'it has a user name or a password: give credentials beside it, not in it';
  }
  if (hostname === '' || decodeURIComponent(hostname).startsWith('-')) return 'it has no host';
  return undefined;
}

/** Rejects a remote that `git` must not be called with. */
export function checkRemote({ url, allowsFile, credential }: GitRemote): void {
  const mistake = urlMistake(url, { allowsFile });
  if (mistake !== undefined) throw new GitError('refused', `The URL of the repository cannot be used: ${mistake}.`);
  const texts = credential === undefined || 'privateKey' in credential ? [] : Object.values(credential);
  if (texts.some((text) => /[\r\n\0]/.test(text))) {
    throw new GitError('refused', 'The credentials of the repository have a line break.');
  }
}

/** Reports whether a remote is reached by SSH. */
export function isSsh(url: string): boolean {
  return url.startsWith('ssh:') || (!url.includes('://') && scpAddress.test(url));
}

/**
 * Returns the options and environment that give `git` a password for one origin. The helper reads it from the environment
 * of `git`, which only this user can see; no other host gets it.
 */
export function passwordOf({ url, credential }: GitRemote): { args: string[]; environment: Record<string, string> } {
  if (credential === undefined || 'privateKey' in credential || isSsh(url) || url.startsWith('file:')) {
    return { args: [], environment: {} };
  }
  const helper = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$MILLRACE_GIT_USERNAME" "$MILLRACE_GIT_PASSWORD"; }; f`;
  return {
    args: ['-c', `credential.${new URL(url).origin}.helper=${helper}`],
    environment: { MILLRACE_GIT_USERNAME: credential.username, MILLRACE_GIT_PASSWORD: credential.password },
  };
}
