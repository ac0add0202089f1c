import type { IncomingHttpHeaders } from 'node:http';
import { bitbucketCloud } from './bitbucket-cloud.ts';
import { bitbucketDataCenter } from './bitbucket-data-center.ts';
import type { Forge } from './forge.ts';
import { forgejo, gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { postReceive } from './post-receive.ts';

/** Every dialect; the first that matches reads an event. Forgejo sends the headers of Gitea too, and both those of GitHub. */
const forges: readonly Forge[] = [forgejo, gitea, github, gitlab, bitbucketCloud, bitbucketDataCenter, postReceive];

/** Returns the dialect of a request. */
export function forgeOf(headers: IncomingHttpHeaders): Forge | undefined {
  return forges.find((forge) => forge.matches(headers));
}
