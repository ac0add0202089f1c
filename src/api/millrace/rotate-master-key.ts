import { ServiceError } from '../../contract/errors.ts';
import type { AdminOperation } from './operation.ts';
import { everything } from './touched-resource.ts';

/** New secrets and credentials are sealed with a fresh key; what was sealed before can still be opened (decision 12). */
export const rotateMasterKey: AdminOperation = {
  sentence:
    "Creates a new master key and makes it current. Temporary credentials of the old one work until they expire; stored secrets stay sealed with it until they are rewritten, so older versions stay in the key file. Allowed only for the account that the installation was created with. Rejected if the state is in a database: change the nodes' file there in two steps with `millrace master-keys`.",
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
