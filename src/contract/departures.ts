import { maxLength, minLength, valuesSatisfy } from './phrases.ts';

/** Where the framework of the real service bounds a shape differently from its published model (wire 7). */
export const shapeDepartures: Readonly<Record<string, { min?: number; max?: number; pattern?: string }>> = {
  // Clients that were told to look up no account build ARNs without one (terraform-provider-aws).
  ResourceArn: { pattern: 'arn:aws(-[\\w]+)*:codepipeline:.+:([0-9]{12})?:.+' },
  // The model says 1000; answers of 2022 to 2025 say 50000 (terraform-provider-aws#41023, aws-cdk#19767).
  ActionConfigurationValue: { max: 50_000 },
  // The model says at least 1; the recorded service starts an execution with `variables: []`.
  PipelineVariableList: { min: 0 },
};

const actionConfigurationValueMax = 1000;

/**
 * Checks the real service makes on a map after its framework has accepted the whole input, by shape name. Each gives
 * the text of the ValidationException, or undefined when there is nothing to refuse.
 */
export const businessRefusals: Readonly<Record<string, (map: Record<string, string>) => string | undefined>> = {
  // The text has no path and no count of errors (aws-service-catalog-factory#279).
  ActionConfigurationMap: (map) =>
    Object.values(map).some((value) => value.length > actionConfigurationValueMax)
      ? `ActionConfiguration ${valuesSatisfy([maxLength(actionConfigurationValueMax), minLength(1)])}`
      : undefined,
};
