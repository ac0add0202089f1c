import { hookStory } from '../forges/hook-story.ts';
import { signEvent } from '../forges/sign-event.ts';
import type { LoopCase } from './loop-case.ts';

const mib = 1024 * 1024;

/** Returns an event to the hook of a repository. */
function hook(input: string, headers: Record<string, string>, body: () => string, wanted: number): LoopCase {
  return {
    door: 'hook',
    input,
    async attack(target) {
      const { post } = await hookStory(target);
      const text = body();
      const { status, message } = await post(text, { ...headers, ...proofOf(headers, text) });
      if (status !== wanted) throw new Error(`${status} instead of ${wanted}: ${message}`);
    },
  };
}

function proofOf(headers: Record<string, string>, body: string): Record<string, string> {
  return 'X-Event-Key' in headers ? signEvent('bitbucket-cloud', body) : signEvent('gitlab', body);
}

const change = '{"new":{"type":"branch","name":"b","target":{"hash":"h"}}}';
const repository = '"repository":{"full_name":"team/shop"}';

/** Events that are authentic and as large as they may be. */
export const hookCases: LoopCase[] = [
  hook(
    '70,000 refs in an event',
    { 'X-Event-Key': 'repo:push' },
    () => `{${repository},"push":{"changes":[${Array(70_000).fill(change).join(',')}]}}`,
    202,
  ),
  hook(
    '24 MiB of a ref',
    { 'X-Gitlab-Event': 'Push Hook' },
    () => `{"project":{"path_with_namespace":"team/shop"},"ref":"${'\\u0000'.repeat((24 * mib) / 6)}"}`,
    202,
  ),
  hook(
    '24 MiB of an address of the repository',
    { 'X-Gitlab-Event': 'Push Hook' },
    () => `{"project":{"git_http_url":"https://${'%2f/'.repeat(6 * mib)}"},"ref":"refs/heads/main"}`,
    202,
  ),
];
