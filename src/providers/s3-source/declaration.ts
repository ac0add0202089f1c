import type { ActionTypeId } from '../../contract/generated.ts';

/** The type this provider performs; the catalogue says what its configuration holds (behaviour D.1). */
export const actionTypeId: ActionTypeId = { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' };
