/**
 * An element that main.html is known to hold.
 *
 * @throws Error naming the selector when main.html has no such element
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

/** Shows a text in an element that is hidden while it has none. */
export function setNotice(notice: HTMLElement, text: string): void {
  notice.textContent = text;
  notice.hidden = text === '';
}

/** What there is to show of an error: a `Meteor.Error`'s reason, else its message. */
export function reasonOf(error: unknown): string {
  const { reason, message } = (error ?? {}) as { reason?: unknown; message?: unknown };
  return String(reason ?? message ?? 'Something went wrong');
}
