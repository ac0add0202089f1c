import { ServiceError } from '../../contract/errors.ts';
import type { AdminOperation } from './operation.ts';
import { everything } from './touched-resource.ts';

/** New secrets and credentials are sealed with a fresh key; what was sealed before can still be opened (decision 12). */
export const rotateMasterKey: AdminOperation = {
  sentence:
    "Makes a fresh master key the current one. Temporary credentials of the old one work until they expire; stored secrets stay sealed with it until they are written again, so older versions stay in the key file. Only the account that the installation began with may. Refused where the state is in a database: there the nodes' file is changed in two steps, by `millrace master-keys`.",
  resource: everything,
  input: {},
  output: { version: 'The version of the new master key.' },
  async run(_input, account, { rotateMasterKey: rotate, homeAccount }, { caller }) {
    if (account === homeAccount) return { version: rotate() };
    throw new ServiceError(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: millrace:RotateMasterKey: the master key belongs to the account of the installation, ${homeAccount}`,
    );
  },
};
