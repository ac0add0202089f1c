import type { ActionTypeId } from '../../contract/generated.ts';

/** The type this provider performs; the catalogue says what its configuration holds (behaviour D.4). */
export const actionTypeId: ActionTypeId = { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' };
