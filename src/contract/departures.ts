import { maxLength, minLength, valuesSatisfy } from './phrases.ts';

/** Where AWS bounds a shape differently from its published model (wire 7). */
export const shapeDepartures: Readonly<Record<string, { min?: number; max?: number; pattern?: string }>> = {
  // Clients configured not to look up the account build ARNs without one (terraform-provider-aws).
  ResourceArn: { pattern: 'arn:aws(-[\\w]+)*:codepipeline:.+:([0-9]{12})?:.+' },
  // The model says 1000; responses of 2022 to 2025 say 50000 (terraform-provider-aws#41023, aws-cdk#19767).
  ActionConfigurationValue: { max: 50_000 },
  // The model says at least 1; AWS was observed to start an execution with `variables: []`.
  PipelineVariableList: { min: 0 },
};

const actionConfigurationValueMax = 1000;

/**
 * Checks that AWS makes on maps after the input has satisfied its model, by shape name. Each returns the message of a
 * ValidationException, or undefined.
 */
export const businessRefusals: Readonly<Record<string, (map: Record<string, string>) => string | undefined>> = {
  // The message has no path and no count of errors (aws-service-catalog-factory#279).
  ActionConfigurationMap: (map) =>
    Object.values(map).some((value) => value.length > actionConfigurationValueMax)
      ? `ActionConfiguration ${valuesSatisfy([maxLength(actionConfigurationValueMax), minLength(1)])}`
      : undefined,
};
