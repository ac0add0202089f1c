import type { ProviderTypeId } from '../provider.ts';

/** The type this provider performs; the catalogue says what its configuration holds (behaviour C.8). */
export const actionTypeId: ProviderTypeId = {
  category: 'Rule',
  owner: 'AWS',
  provider: 'DeploymentWindow',
  version: '1',
};
