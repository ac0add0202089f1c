import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, dayMs } from './built-in-type.ts';
import { optional } from './property.ts';

/** The manual approval; `timeoutInMinutes` of a declaration overrides its 7 days (behaviour A.8, C.14). */
export const approvalTypes: readonly CataloguedActionType[] = [
  builtInType({
    category: 'Approval',
    provider: 'Manual',
    properties: [
      optional('NotificationArn', 'The SNS topic to notify.'),
      optional('CustomData', 'Information for the approver.'),
      optional('ExternalEntityLink', 'A link to the subject of the approval.'),
      optional('IsSummaryRequired', '`true` if the decision requires a summary.'),
    ],
    timeoutMs: 7 * dayMs,
  }),
];
