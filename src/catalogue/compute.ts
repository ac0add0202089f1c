import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, minuteMs } from './built-in-type.ts';
import { optional } from './property.ts';

/** Shell commands, which are not part of the configuration (behaviour D.2, F.5). */
export const computeTypes: readonly CataloguedActionType[] = [
  builtInType({
    category: 'Compute',
    provider: 'Commands',
    inputs: [1, 10],
    outputs: [0, 1],
    properties: [
      optional('EnvironmentType', '`LINUX_CONTAINER` or `WINDOWS_SERVER_2022_CONTAINER`.'),
      optional('ComputeType', '`BUILD_GENERAL1_SMALL`, `BUILD_GENERAL1_MEDIUM` or `BUILD_GENERAL1_LARGE`.'),
      optional('VpcId', 'The VPC the commands run in.'),
      optional('Subnets', 'The subnets of the VPC.'),
      optional('SecurityGroupIds', 'The security groups in the VPC.'),
    ],
    attributes: { needsV2: true, readsCommands: true, readsEnvironment: true },
    timeoutMs: 55 * minuteMs,
  }),
];
