import type { RuleConfigurationProperty, RuleType } from '../contract/generated.ts';
import { artifactDetails, type Bounds } from './built-in-type.ts';
import { codeBuildRuleProperties } from './code-build.ts';
import { optional, required } from './property.ts';

/**
 * The guide shows these rules with an input artifact and gives no bounds; these are the most that the API's shape of a
 * rule type allows.
 */
const someInputs: Bounds = [0, 5];

function ruleType(provider: string, properties: RuleConfigurationProperty[], inputs?: Bounds): RuleType {
  return {
    id: { category: 'Rule', owner: 'AWS', provider, version: '1' },
    ruleConfigurationProperties: properties,
    inputArtifactDetails: artifactDetails(inputs),
  };
}

/** Every rule a stage condition may hold, whether or not this server can check it (behaviour C.8). */
export const builtInRuleTypes: readonly RuleType[] = [
  ruleType('CloudWatchAlarm', [
    required('AlarmName', 'The alarm that is looked at.'),
    optional('AlarmStates', 'The states that break the rule: `ALARM`, `OK`, `INSUFFICIENT_DATA`.'),
    optional('WaitTime', 'How many minutes the alarm is watched.'),
  ]),
  ruleType('CodeBuild', codeBuildRuleProperties, someInputs),
  // Its commands stand beside the configuration, which stays empty.
  ruleType('Commands', [], someInputs),
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
    someInputs,
  ),
  ruleType('VariableCheck', [
    required('Variable', 'The variable that is checked.'),
    required('Value', 'What the variable is compared with.'),
    required('Operator', '`EQ`, `NE`, `CONTAINS` or `MATCHES`.'),
  ]),
];
