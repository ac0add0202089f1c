import type { RuleConfigurationProperty } from '../contract/generated.ts';
import type { BuiltInRuleType } from '../model/action-type.ts';
import { artifactDetails, type Bounds, hourMs, minuteMs } from './built-in-type.ts';
import { codeBuildRuleProperties } from './code-build.ts';
import { optional, required } from './property.ts';

/**
 * The guide shows these rules with an input artifact and gives no bounds; these are the most that the API's shape of a
 * rule type allows.
 */
const someInputs: Bounds = [0, 5];

/** 1 h unless said otherwise, as for actions: only the one of Commands is known (behaviour A.8, C.8). */
function ruleType(
  provider: string,
  properties: RuleConfigurationProperty[],
  {
    inputs,
    timeoutMs = hourMs,
    ...attributes
  }: Partial<Omit<BuiltInRuleType, 'definition'>> & { inputs?: Bounds } = {},
): BuiltInRuleType {
  return {
    definition: {
      id: { category: 'Rule', owner: 'AWS', provider, version: '1' },
      ruleConfigurationProperties: properties,
      inputArtifactDetails: artifactDetails(inputs),
    },
    timeoutMs,
    ...attributes,
  };
}

/** Every rule a stage condition may hold, whether or not this server can check it (behaviour C.8). */
export const builtInRuleTypes: readonly BuiltInRuleType[] = [
  ruleType('CloudWatchAlarm', [
    required('AlarmName', 'The alarm that is looked at.'),
    optional('AlarmStates', 'The states that break the rule: `ALARM`, `OK`, `INSUFFICIENT_DATA`.'),
    optional('WaitTime', 'How many minutes the alarm is watched.'),
  ]),
  ruleType('CodeBuild', codeBuildRuleProperties, { inputs: someInputs, timeoutMs: 36 * hourMs }),
  // Its commands stand beside the configuration, which stays empty.
  ruleType('Commands', [], { inputs: someInputs, timeoutMs: 55 * minuteMs, readsCommands: true }),
  ruleType('DeploymentWindow', [
    required('Cron', 'When the window is open, as a Quartz expression.'),
    optional('TimeZone', 'The time zone of the window; UTC when left out.'),
  ]),
  ruleType(
    'LambdaInvoke',
    [
      required('FunctionName', 'The function that is invoked.'),
      optional('UserParameters', 'A text that the function receives.'),
    ],
    { inputs: someInputs, canSkip: true },
  ),
  ruleType(
    'VariableCheck',
    [
      required('Variable', 'The variable that is checked.'),
      required('Value', 'What the variable is compared with.'),
      required('Operator', '`EQ`, `NE`, `CONTAINS` or `MATCHES`.'),
    ],
    { canSkip: true },
  ),
];
