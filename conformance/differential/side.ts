/** A broker as one worker uses it: connections that scripts leave intact are used again. */
import { Link, type LinkUser } from './link.ts';
import { Observer } from './observer.ts';

export class Side {
  readonly url: string;
  readonly name: string;
  #idle: Link[] = [];
  readonly #observers = new WeakMap<Link, Observer>();
  #admin: Promise<Link> | undefined;

  constructor(name: string, url: string) {
    this.name = name;
    this.url = url;
  }

  async take(user: LinkUser): Promise<Link> {
    this.#idle = this.#idle.filter((link) => !link.isOver);
    const link = this.#idle.pop() ?? (await Link.open(this.url));
    link.user = user;
    return link;
  }

  giveBack(link: Link): void {
    link.rest();
    this.#idle.push(link);
  }

  /** A connection that scripts do not use. */
  async admin(user: LinkUser): Promise<Link> {
    if (this.#admin !== undefined && (await this.#admin).isOver) this.#admin = undefined;
    this.#admin ??= Link.open(this.url);
    const link = await this.#admin;
    link.rest();
    link.user = user;
    return link;
  }

  observer(link: Link): Observer {
    const known = this.#observers.get(link);
    if (known !== undefined) return known;
    const made = new Observer(link);
    this.#observers.set(link, made);
    return made;
  }

  async close(): Promise<void> {
    for (const link of this.#idle.splice(0)) link.drop();
    (await this.#admin)?.drop();
  }
}
