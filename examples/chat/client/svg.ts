/** Elements of SVG pictures. Used by the charts of the status page. */

export type Attributes = Record<string, string | number>;

/** Returns a new element. */
export function shape<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes,
  text = '',
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (text) element.textContent = text;
  return element;
}

/** Sets the coordinates of a picture to the pixels of its box, so that texts keep their size. @returns width and height */
export function fit(picture: SVGSVGElement): { width: number; height: number } {
  const { width, height } = picture.getBoundingClientRect();
  picture.setAttribute('viewBox', `0 0 ${Math.max(1, width)} ${Math.max(1, height)}`);
  return { width, height };
}

/** Returns a number that is easy to read, at least `value`: 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25 … */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  const numbers = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((digit) => digit * power);
  return numbers.find((number) => number >= value && Number.isInteger(number)) ?? value;
}
