import type { Command } from 'commander';
import type { GetHookOutput, HookEvent, ShownHook } from '../contract/generated.ts';
import { callerFor, pagesOf, timeText } from './listing.ts';
import { dataOption, readCount } from './options.ts';
import type { Terminal } from './terminal.ts';

/** How many events are printed with `show`, and by default with `events`. */
const shownEvents = 10;

type CallServer = ReturnType<typeof callerFor>;

/** Adds `millrace hooks [list|show|events]`. */
export function addHooks(program: Command, terminal: Terminal): void {
  const hooks = program.command('hooks').description('Show where forges report pushes, and what became of them');
  const call = callerFor(terminal);
  hooks
    .command('list', { isDefault: true })
    .description('List the hooks of all repositories')
    .addOption(dataOption())
    .action(async (flags: Record<string, unknown>) => {
      let isEmpty = true;
      for await (const page of pagesOf<{ hooks: ShownHook[] }>(call, flags, 'ListHooks')) {
        for (const hook of page.hooks) {
          isEmpty = false;
          terminal.print([hook.repository, hook.url, stateOf(hook)].join('  '));
        }
      }
      if (isEmpty)
        terminal.complain('millrace: there are no repositories. Declare one, and store it with millrace apply.');
    });
  hooks
    .command('show')
    .description('Show the hook of a repository, how to set it up, and its last events')
    .argument('<repository>')
    .addOption(dataOption())
    .action(async (repository: string, flags: Record<string, unknown>) => {
      const shown = await call<GetHookOutput>(flags, 'GetHook', { repository });
      for (const line of describeHook(shown)) terminal.print(line);
      await printEvents({ call, flags, terminal }, { repository, limit: shownEvents });
    });
  hooks
    .command('events')
    .description('Print what hooks have received and what became of it, the newest event first')
    .argument('[repository]')
    .option('-n, --limit <number>', 'Print at most so many', readCount, shownEvents)
    .addOption(dataOption())
    .action(async (repository: string | undefined, flags: { limit: number }) => {
      const context = { call, flags: { ...flags }, terminal };
      if (await printEvents(context, { repository, limit: flags.limit })) return;
      terminal.complain('millrace: no event was received.');
    });
}

function stateOf({ hasSecret, verifiedAt, trouble, troubleAt }: ShownHook): string {
  if (!hasSecret) return 'has no hookSecret, so it takes nothing';
  if (trouble !== undefined) return `TROUBLE since ${timeText(troubleAt ?? 0)}: ${trouble}`;
  return verifiedAt === undefined ? 'no event yet' : `last event ${timeText(verifiedAt)}`;
}

function describeHook({ hook, postReceive }: GetHookOutput): string[] {
  const lines = [
    `repository:      ${hook.repository}`,
    `URL:             ${hook.url}`,
    `state:           ${stateOf(hook)}`,
    `refused events:  ${hook.refusedEvents}`,
    '',
  ];
  if (postReceive === undefined) {
    return [
      ...lines,
      "Give the repository a 'hookSecret' in your file, store it with millrace apply, and set it at the forge.",
      '',
    ];
  }
  return [
    ...lines,
    'At a forge: add a webhook with this URL, the hookSecret of the repository as its secret, and the content type',
    'application/json, for pushes and pull requests.',
    'On a Git server without a forge: the last line of hooks/post-receive, which has to be executable.',
    `  ${postReceive}`,
    '',
  ];
}

/** Prints events; returns whether there were any. */
async function printEvents(
  { call, flags, terminal }: { call: CallServer; flags: Record<string, unknown>; terminal: Terminal },
  { repository, limit }: { repository?: string; limit: number },
): Promise<boolean> {
  let left = limit;
  const input = { repository, maxResults: Math.min(limit, 100) };
  for await (const { events } of pagesOf<{ events: HookEvent[] }>(call, flags, 'ListHookEvents', input)) {
    for (const event of events.slice(0, left)) for (const line of describeEvent(event)) terminal.print(line);
    left -= events.length;
    if (left <= 0) return true;
  }
  return left < limit;
}

/** The most refs printed for one event. */
const shownRefs = 5;

function describeEvent(event: HookEvent): string[] {
  const { receivedAt, repository, forge, actor, refs, refCount, pullRequest, outcome, results, repeats } = event;
  const head = [
    timeText(receivedAt),
    repository,
    `${forge} ${event.event}`,
    ...(actor === undefined ? [] : [`by ${actor}`]),
  ];
  const more = refCount > shownRefs ? [`    and ${refCount - Math.min(shownRefs, refs.length)} refs more`] : [];
  return [
    head.join('  '),
    ...refs.slice(0, shownRefs).map(({ ref, before, after }) => `    ${ref}  ${short(before)} -> ${short(after)}`),
    ...more,
    ...(pullRequest ? [describePullRequest(pullRequest)] : []),
    ...(results.length === 0 || outcome !== 'Accepted' ? [`    ${event.message}`] : []),
    ...results.map(({ pipelineName, actionName, message }) => `    ${pipelineName} (${actionName}): ${message}`),
    ...(event.isPending ? ['    The check is not over.'] : []),
    ...(repeats > 0
      ? [
          `    The same event came again (${repeats} ${repeats === 1 ? 'time' : 'times'}), last ${timeText(event.repeatedAt ?? 0)}.`,
        ]
      : []),
  ];
}

function describePullRequest({
  event,
  id,
  sourceBranch,
  destinationBranch,
  title,
}: NonNullable<HookEvent['pullRequest']>) {
  return `    ${event} pull request ${id}: ${sourceBranch} -> ${destinationBranch}  ${title}`;
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 12) ?? '(none)';
}
