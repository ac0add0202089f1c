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

/** Calls our own API on the running server of the data folder that the flags name. */
function callerFor(terminal: Terminal) {
  return <Answer>(flags: Record<string, unknown>, operation: string, input: object) =>
    callOwnApi<Answer>(readDataFolder({ flags, env: terminal.env }), operation, input);
}

/** Adds `millrace action-types register|list|deregister`: the action types of partners. */
export function addActionTypes(program: Command, terminal: Terminal): void {
  const types = program.command('action-types').description('action types of partners on a running server');
  const call = callerFor(terminal);
  types
    .command('register')
    .description('register an action type of the owner ThirdParty for job workers of your own')
    .argument('<file>', 'JSON file with the declaration, as UpdateActionType takes it')
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
    .description('list the registered action types')
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
    .description('take an action type away; its jobs that workers have can still be reported')
    .argument('<action-type>', 'as list prints it')
    .addOption(dataOption())
    .action(async (actionType: string, flags: Record<string, unknown>) => {
      await call(flags, 'DeregisterActionType', { actionType });
    });
}

/** Adds `millrace third-party-clients create|list|delete`: the ids and tokens by which partners know accounts. */
export function addThirdPartyClients(program: Command, terminal: Terminal): void {
  const clients = program
    .command('third-party-clients')
    .description('client ids and tokens of registered action types');
  const call = callerFor(terminal);
  clients
    .command('create')
    .description('make a client id and its token for an account that uses the type; the token is printed once')
    .argument('<action-type>', 'as action-types list prints it')
    .option('--account <digits>', 'whose jobs the client stands for; the account of the server when left out')
    .addOption(dataOption())
    .action(async (actionType: string, flags: { account?: string }) => {
      const input = { actionType, account: flags.account };
      const { clientId, clientToken } = await call<NewClient>({ ...flags }, 'CreateThirdPartyClient', input);
      terminal.print(`clientId=${clientId}`);
      terminal.print(`clientToken=${clientToken}`);
    });
  clients
    .command('list')
    .description('list the clients of an action type without their tokens')
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
    .description('take a client away; its token is refused from then on')
    .argument('<action-type>')
    .argument('<client-id>')
    .addOption(dataOption())
    .action(async (actionType: string, clientId: string, flags: Record<string, unknown>) => {
      await call(flags, 'DeleteThirdPartyClient', { actionType, clientId });
    });
}

/** The declaration alone, or as the input of UpdateActionType and the answer of GetActionType wrap it. */
async function readDeclaration(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ConfigurationError([`${file}: it is not JSON; give the declaration as UpdateActionType takes it.`]);
  }
  return typeof parsed === 'object' && parsed !== null && 'actionType' in parsed ? parsed.actionType : parsed;
}
