/** Runs a recipe of the documentation: the first `ts` block below a heading. Reads a file of the repository. */

import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';

/** The modules that a recipe imports, by name. */
type Modules = Readonly<Record<string, object>>;

/** @param page the file in `docs/` */
export async function runRecipe(page: string, heading: string, modules: Modules): Promise<void> {
  const { code } = await transform(recipeOf(page, heading), { loader: 'ts', format: 'cjs' });
  const load = (name: string) => {
    const module = modules[name];
    if (!module) throw new Error(`the recipe "${heading}" imports "${name}", which the test does not pass`);
    return module;
  };
  new Function('require', 'module', code)(load, { exports: {} });
}

function recipeOf(page: string, heading: string): string {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const [, section] = text.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [, recipe] = section?.split(/^#+ /m)[0]?.match(/^```ts\n([\s\S]*?)^```$/m) ?? [];
  if (recipe === undefined) throw new Error(`docs/${page} has no recipe below "${heading}"`);
  return recipe;
}
