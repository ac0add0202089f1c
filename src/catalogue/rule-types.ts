import type { RuleConfigurationProperty } from '../contract/generated.ts';
import type { BuiltInRuleType } from '../model/action-type.ts';
import { artifactDetails, type Bounds, hourMs, minuteMs } from './built-in-type.ts';
import { codeBuildRuleProperties } from './code-build.ts';
import { optional, required } from './property.ts';

/** The guide shows an input artifact but no bounds; these are the widest that the API allows for a rule type. */
const someInputs: Bounds = [0, 5];

/** The time-out is 1 h by default, as for actions; only that of Commands is known (behaviour A.8, C.8). */
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

/** AWS's rule types, including those that this server cannot check (behaviour C.8). */
export const builtInRuleTypes: readonly BuiltInRuleType[] = [
  ruleType('CloudWatchAlarm', [
    required('AlarmName', 'The alarm to check.'),
    optional('AlarmStates', 'The states that fail the rule: `ALARM`, `OK`, `INSUFFICIENT_DATA`.'),
    optional('WaitTime', 'How many minutes to watch the alarm.'),
  ]),
  ruleType('CodeBuild', codeBuildRuleProperties, { inputs: someInputs, timeoutMs: 36 * hourMs }),
  // Its commands are not part of the configuration, which is empty.
  ruleType('Commands', [], { inputs: someInputs, timeoutMs: 55 * minuteMs, readsCommands: true }),
  ruleType('DeploymentWindow', [
    required('Cron', 'When the window is open, as a Quartz expression.'),
    optional('TimeZone', 'The time zone of the window; UTC by default.'),
  ]),
  ruleType(
    'LambdaInvoke',
    [required('FunctionName', 'The function to invoke.'), optional('UserParameters', 'A text for the function.')],
    { inputs: someInputs, canSkip: true },
  ),
  ruleType(
    'VariableCheck',
    [
      required('Variable', 'The variable to check.'),
      required('Value', 'The value to compare it with.'),
      required('Operator', '`EQ`, `NE`, `CONTAINS` or `MATCHES`.'),
    ],
    { canSkip: true },
  ),
];
