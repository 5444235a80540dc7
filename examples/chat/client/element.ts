/** Elements of main.html, notices and error texts. Used by all client modules. */

/**
 * Returns an element of main.html.
 *
 * @throws Error with the selector when main.html has no such element
 */
export function element<Kind extends Element>(
  parent: ParentNode,
  selector: string,
  kind: abstract new () => Kind,
): Kind {
  const found = parent.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`main.html has no ${kind.name} "${selector}"`);
}

/** Sets the text of an element. An empty text hides it. */
export function setNotice(notice: HTMLElement, text: string): void {
  notice.textContent = text;
  notice.hidden = text === '';
}

/** Returns the text to show for an error: its reason when it is a `Meteor.Error`, otherwise its message. */
export function reasonOf(error: unknown): string {
  const { reason, message } = (error ?? {}) as { reason?: unknown; message?: unknown };
  return String(reason ?? message ?? 'Something went wrong');
}
