import { isSsh } from '../git/remote.ts';
import type { Member } from '../model/resource.ts';

/** How a Git server is told who calls. */
export const accessMembers: Record<string, Member> = {
  username: { type: 'text', documentation: 'The user of the password or token; default: `git`.' },
  password: { type: 'text', isSecret: true, documentation: 'A password or token, for http and https.' },
  privateKey: { type: 'text', isSecret: true, documentation: 'A private key without a passphrase, for ssh.' },
  knownHosts: { type: 'text', documentation: 'Lines of a `known_hosts` file with the keys of the host, for ssh.' },
};

/** Says which of these members don't fit the URL. */
export function accessMistakes(
  url: string,
  { password, privateKey, knownHosts }: Record<string, unknown>,
): { member: string; mistake: string }[] {
  const isBySsh = isSsh(url);
  return [
    {
      member: 'password',
      isWrong: password !== undefined && !/^https?:/.test(url),
      mistake: 'a password needs an http or https URL',
    },
    {
      member: 'privateKey',
      isWrong: privateKey !== undefined && !isBySsh,
      mistake: 'a private key needs an ssh URL',
    },
    {
      member: 'knownHosts',
      isWrong: isBySsh && knownHosts === undefined,
      mistake: 'an ssh URL needs the known hosts: give what `ssh-keyscan HOST` prints, after checking it',
    },
  ].flatMap(({ member, isWrong, mistake }) => (isWrong ? { member, mistake } : []));
}
