import { ServiceError } from '../../contract/errors.ts';
import { ownOperation } from './operation.ts';
import { everything } from './resources.ts';

/** Seals new secrets and credentials with a new key; what was sealed before can still be opened (decision 12). */
export const rotateMasterKey = ownOperation('RotateMasterKey', {
  resource: everything,
  async run(_input, { account, caller }, dependencies) {
    const { homeAccount } = dependencies;
    if (account === homeAccount) return { version: dependencies.rotateMasterKey() };
    throw new ServiceError(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: millrace:RotateMasterKey: the master key belongs to the account of the installation, ${homeAccount}`,
    );
  },
});
