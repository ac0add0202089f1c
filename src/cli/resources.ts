import { Argument, type Command } from 'commander';
import type { AuditEntry, ResourceChange, ShownResource } from '../contract/generated.ts';
import { loadResourceFile } from '../resources/load-resource-file.ts';
import { resourceKinds } from '../resources/resource-kinds.ts';
import { callerFor, pagesOf, timeText } from './listing.ts';
import { dataOption } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Adds `millrace apply`. */
export function addApply(program: Command, terminal: Terminal): void {
  const call = callerFor(terminal);
  program
    .command('apply')
    .description('Store the resources of a file, such as repositories; those that it does not name stay')
    .requiredOption('-f, --file <file>', 'YAML file with the resources')
    .option('--dry-run', 'Show what would change, and change nothing')
    .addOption(dataOption())
    .action(async (flags: { file: string; dryRun?: boolean }) => {
      const resources = loadResourceFile(flags.file, terminal.env).map(({ kind, name, document }) => ({
        kind,
        name,
        document: JSON.stringify(document),
      }));
      const { changes } = await call<{ changes: ResourceChange[] }>({ ...flags }, 'ApplyResources', {
        resources,
        dryRun: true,
      });
      for (const change of changes) for (const line of describeChange(change)) terminal.print(line);
      terminal.print(summarize(changes));
      if (flags.dryRun) return terminal.print('Nothing was changed, because of --dry-run.');
      await call({ ...flags }, 'ApplyResources', { resources });
    });
}

/** Adds `millrace resources list|show|delete`. */
export function addResources(program: Command, terminal: Terminal): void {
  const resources = program.command('resources').description('Manage the resources that apply has stored');
  const call = callerFor(terminal);
  const kind = () => new Argument('<kind>', 'Kind of the resource').choices(Object.keys(resourceKinds));
  resources
    .command('list')
    .description('List the resources')
    .addOption(dataOption())
    .action(async (flags: Record<string, unknown>) => {
      let isEmpty = true;
      for await (const page of pagesOf<{ resources: ShownResource[] }>(call, flags, 'ListResources')) {
        for (const { kind: listed, name, version, updatedAt } of page.resources) {
          isEmpty = false;
          terminal.print([listed, name, `version ${version}`, timeText(updatedAt)].join('  '));
        }
      }
      if (isEmpty)
        terminal.complain('millrace: there are no resources. Write a file, and store it with millrace apply.');
    });
  resources
    .command('show')
    .description('Show a resource, without its secrets')
    .addArgument(kind())
    .argument('<name>')
    .addOption(dataOption())
    .action(async (kindName: string, name: string, flags: Record<string, unknown>) => {
      const { resource } = await call<{ resource: ShownResource }>(flags, 'GetResource', { kind: kindName, name });
      terminal.print(JSON.stringify(JSON.parse(resource.document), undefined, 2));
    });
  resources
    .command('delete')
    .description('Delete a resource')
    .addArgument(kind())
    .argument('<name>')
    .addOption(dataOption())
    .action(async (kindName: string, name: string, flags: Record<string, unknown>) => {
      await call(flags, 'DeleteResource', { kind: kindName, name });
    });
}

/** Adds `millrace audit`. */
export function addAudit(program: Command, terminal: Terminal): void {
  const call = callerFor(terminal);
  program
    .command('audit')
    .description('Print who changed resources and answered approvals, the newest entry first')
    .addOption(dataOption())
    .action(async (flags: Record<string, unknown>) => {
      for await (const { entries } of pagesOf<{ entries: AuditEntry[] }>(call, flags, 'ListAuditEntries')) {
        for (const { at, action, subject, callerArn, accessKeyId, requestId } of entries) {
          terminal.print([timeText(at), action, subject, callerArn, accessKeyId, requestId].join('  '));
        }
      }
    });
}

const signs = { Created: '+', Updated: '~', Unchanged: '=' };

function describeChange({ kind, name, outcome, differences }: ResourceChange): string[] {
  if (outcome === 'Unchanged') return [];
  const members = differences.map(({ member, before, after }) => {
    if (outcome === 'Created') return `    ${member}: ${after}`;
    return `    ${member}: ${before ?? '(none)'} -> ${after ?? '(none)'}`;
  });
  return [`${signs[outcome]} ${kind} ${name}`, ...members];
}

function summarize(changes: ResourceChange[]): string {
  const count = (outcome: ResourceChange['outcome']) => changes.filter((change) => change.outcome === outcome).length;
  return `${count('Created')} to create, ${count('Updated')} to update, ${count('Unchanged')} unchanged.`;
}
