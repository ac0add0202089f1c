import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readDataFolder } from '../config/config.ts';
import { ConfigurationError } from '../config/setting.ts';
import type { ActionTypeDeclaration } from '../contract/generated.ts';
import { dataOption } from './options.ts';
import { callOwnApi } from './own-api.ts';
import type { Terminal } from './terminal.ts';

interface NewClient {
  clientId: string;
  clientToken: string;
}

interface ListedClient {
  clientId: string;
  account: string;
  createdAt: number;
}

/** Returns a function that calls our own API on the running server of the given data folder. */
function callerFor(terminal: Terminal) {
  return <Output>(flags: Record<string, unknown>, operation: string, input: object) =>
    callOwnApi<Output>(readDataFolder({ flags, env: terminal.env }), operation, input);
}

/** Adds `millrace action-types register|list|deregister`. */
export function addActionTypes(program: Command, terminal: Terminal): void {
  const types = program.command('action-types').description('Manage the action types of partners on a running server');
  const call = callerFor(terminal);
  types
    .command('register')
    .description('Register an action type with the owner ThirdParty')
    .argument('<file>', 'JSON file with the declaration, in the form that UpdateActionType takes')
    .addOption(dataOption())
    .action(async (file: string, flags: Record<string, unknown>) => {
      const declaration = await readDeclaration(file);
      const { actionType } = await call<{ actionType: string }>(flags, 'RegisterActionType', {
        actionType: declaration,
      });
      terminal.print(actionType);
    });
  types
    .command('list')
    .description('List the registered action types')
    .addOption(dataOption())
    .action(async (flags: Record<string, unknown>) => {
      const listed = await call<{ actionTypes: ActionTypeDeclaration[] }>(flags, 'ListRegisteredActionTypes', {});
      if (listed.actionTypes.length === 0) terminal.complain('millrace: no action type is registered.');
      for (const { id } of listed.actionTypes) {
        terminal.print([id.category, id.owner, id.provider, id.version].join('/'));
      }
    });
  types
    .command('deregister')
    .description('Delete an action type; workers can still report the jobs they have')
    .argument('<action-type>', 'Action type as printed by list')
    .addOption(dataOption())
    .action(async (actionType: string, flags: Record<string, unknown>) => {
      await call(flags, 'DeregisterActionType', { actionType });
    });
}

/** Adds `millrace third-party-clients create|list|delete`: the ids and tokens that identify accounts to partners. */
export function addThirdPartyClients(program: Command, terminal: Terminal): void {
  const clients = program
    .command('third-party-clients')
    .description('Manage the client ids and tokens of registered action types');
  const call = callerFor(terminal);
  clients
    .command('create')
    .description('Create a client id and token for an account that uses the type; the token is not shown again')
    .argument('<action-type>', 'Action type as printed by action-types list')
    .option('--account <digits>', "Account whose jobs the client stands for [default: the server's]")
    .addOption(dataOption())
    .action(async (actionType: string, flags: { account?: string }) => {
      const input = { actionType, account: flags.account };
      const { clientId, clientToken } = await call<NewClient>({ ...flags }, 'CreateThirdPartyClient', input);
      terminal.print(`clientId=${clientId}`);
      terminal.print(`clientToken=${clientToken}`);
    });
  clients
    .command('list')
    .description('List the clients of an action type, without their tokens')
    .argument('<action-type>')
    .addOption(dataOption())
    .action(async (actionType: string, flags: Record<string, unknown>) => {
      const listed = await call<{ clients: ListedClient[] }>(flags, 'ListThirdPartyClients', { actionType });
      for (const { clientId, account, createdAt } of listed.clients) {
        terminal.print([clientId, account, new Date(createdAt * 1000).toISOString()].join('  '));
      }
    });
  clients
    .command('delete')
    .description('Delete a client; its token is rejected from then on')
    .argument('<action-type>')
    .argument('<client-id>')
    .addOption(dataOption())
    .action(async (actionType: string, clientId: string, flags: Record<string, unknown>) => {
      await call(flags, 'DeleteThirdPartyClient', { actionType, clientId });
    });
}

/** Reads a declaration, plain or wrapped as in the input of UpdateActionType or the output of GetActionType. */
async function readDeclaration(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ConfigurationError([
      `${file}: not valid JSON; expected a declaration in the form that UpdateActionType takes.`,
    ]);
  }
  return typeof parsed === 'object' && parsed !== null && 'actionType' in parsed ? parsed.actionType : parsed;
}
