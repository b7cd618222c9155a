import { type RenderOptions, renderChart } from './render.ts';

/** Helm's words about these assignments; empty if it takes them. */
export async function refusalOf(set: string[], values?: RenderOptions['values']): Promise<string> {
  try {
    await renderChart({ set, ...(values && { values }) });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
