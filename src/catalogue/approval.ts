import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, dayMs } from './built-in-type.ts';
import { optional } from './property.ts';

/** The action that waits for a person; `timeoutInMinutes` of the declaration overrides its 7 days (behaviour A.8, C.14). */
export const approvalTypes: readonly CataloguedActionType[] = [
  builtInType({
    category: 'Approval',
    provider: 'Manual',
    properties: [
      optional('NotificationArn', 'The SNS topic that is told of the request.'),
      optional('CustomData', 'What the approver should know.'),
      optional('ExternalEntityLink', 'A link to what is to be approved.'),
      optional('IsSummaryRequired', '`true` when the decision needs a summary.'),
    ],
    timeoutMs: 7 * dayMs,
  }),
];
