import { defaultQuotas, type Quotas } from '../model/quotas.ts';
import { numberBetween } from './parsers.ts';
import { inGroup, type Setting } from './setting.ts';

/** The value of each quota: `quotaPipelines` and so on. */
export type QuotaConfig = { [Name in keyof Quotas as `quota${Capitalize<Name>}`]: Quotas[Name] };

const maxQuota = 1_000_000;

/** What each quota limits, for help and documentation. */
const counted: Record<keyof Quotas, string> = {
  pipelines: 'pipelines of an account and region',
  pollingPipelines: 'pipelines whose source actions poll for changes',
  webhooks: 'webhooks of an account and region',
  customActionTypes: 'custom action types of an account and region',
  eventRules: 'EventBridge rules of an account and region',
  targetsPerRule: 'targets of an EventBridge rule',
  tagsPerResource: 'tags of one resource',
  stages: 'stages of a pipeline',
  actionsPerStage: 'actions of a stage',
  actionsPerPipeline: 'actions of a pipeline',
  runningExecutions: 'concurrent executions of a QUEUED or PARALLEL pipeline',
  parallelActions: 'concurrent actions of a PARALLEL execution',
};

/** One row for each quota, with AWS's number as its default. */
export const quotaSettings = inGroup(
  'Quotas:',
  Object.fromEntries(
    Object.entries(counted).map(([name, what]) => [settingName(name), quotaSetting(name as keyof Quotas, what)]),
  ) as { [Name in keyof QuotaConfig]: ReturnType<typeof quotaSetting> },
);

function quotaSetting(name: keyof Quotas, what: string) {
  const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return {
    env: `MILLRACE_QUOTA_${words.replaceAll('-', '_').toUpperCase()}`,
    option: `--quota-${words}`,
    placeholder: 'number',
    default: String(defaultQuotas[name]),
    parse: numberBetween(1, maxQuota, what),
    description: `Most ${what}; AWS's quota unless set.`,
  } satisfies Omit<Setting, 'group'>;
}

/** Returns the quotas of a configuration. */
export function quotasOf(config: QuotaConfig): Quotas {
  const values = Object.keys(counted).map((name) => [name, config[settingName(name)]]);
  return Object.fromEntries(values) as Quotas;
}

function settingName(name: string): keyof QuotaConfig {
  return `quota${name.charAt(0).toUpperCase()}${name.slice(1)}` as keyof QuotaConfig;
}
