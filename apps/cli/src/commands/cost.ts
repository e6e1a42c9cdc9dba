import colors from 'picocolors';
import type { CommandEnvironment } from '../command.ts';

/** `synap cost`: what was spent at providers, by day and model. */
export async function cost({ client, output }: CommandEnvironment, { days }: { days: number }): Promise<void> {
  const usage = await client.api.usage.list.query({ days });
  const { items, total, today, dailyBudget } = usage;
  const budget = dailyBudget === null ? '' : ` of ${dollars(dailyBudget)} a day`;
  output.result(usage, [
    ...items.map(
      ({ day, model, calls, inputTokens, outputTokens, audioSeconds, cost: spent }) =>
        `${day}  ${colors.bold(model)}  ${calls} calls  ${inputTokens} + ${outputTokens} tokens${
          audioSeconds === 0 ? '' : `  ${Math.round(audioSeconds)} s of sound`
        }  ${spent === null ? 'no price known' : dollars(spent)}`,
    ),
    `${dollars(total)} in ${days} days, ${dollars(today)} today${budget}`,
  ]);
}

/** Of small sums the digits that matter. */
function dollars(sum: number): string {
  return `$${sum >= 1 || sum === 0 ? sum.toFixed(2) : sum.toPrecision(2)}`;
}
