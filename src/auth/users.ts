import { hashPassword, type PasswordHash, passwordMatches, SALT_BYTES } from './password.ts';

/** Who is logged in. */
export interface User {
  readonly name: string;
  readonly tags: readonly string[];
}

/** How much a user may have open at a time, all connections together; below zero is no limit. */
export interface UserLimits {
  readonly maxConnections?: number;
  readonly maxChannels?: number;
}

/** A user as it is kept; one without a hash has no password and cannot log in with one. */
export interface StoredUser extends User {
  readonly passwordHash?: PasswordHash;
  readonly limits: UserLimits;
}

/** A user to add: with a password, with the hash of one, or with neither. */
export interface NewUser {
  readonly name: string;
  readonly tags?: readonly string[];
  readonly password?: string;
  readonly passwordHash?: PasswordHash;
  /** Those that it has, when they are not given. */
  readonly limits?: UserLimits;
}

/** Where salts come from: every call gives `length` bytes. */
export type SaltSource = (length: number) => Uint8Array;

/** Is told of every change, to keep it. */
export interface UserJournal {
  userSet(user: StoredUser): void;
  userRemoved(name: string): void;
}

// Stands in where there is no hash, so that refusing a stranger takes as long as refusing a user.
const nobody = hashPassword('', new Uint8Array(SALT_BYTES));

/** The broker's own users. */
export class Users {
  readonly #salt: SaltSource;
  readonly #journal: UserJournal | undefined;
  readonly #users: Map<string, StoredUser>;

  /** @param known users that the journal has been told of */
  constructor(salt: SaltSource, journal?: UserJournal, known: Iterable<StoredUser> = []) {
    this.#salt = salt;
    this.#journal = journal;
    this.#users = new Map([...known].map((user) => [user.name, user]));
  }

  /** Adds a user, or replaces the one of the same name, who keeps the limits. */
  add(user: NewUser): User {
    const passwordHash =
      user.password === undefined || user.password === ''
        ? user.passwordHash
        : hashPassword(user.password, this.#salt(SALT_BYTES));
    const stored: StoredUser = {
      name: user.name,
      tags: [...(user.tags ?? [])],
      limits: user.limits ?? this.#users.get(user.name)?.limits ?? {},
      ...(passwordHash === undefined || passwordHash.text === '' ? {} : { passwordHash }),
    };
    this.#set(stored);
    return stored;
  }

  /** Replaces a user's limits. @returns false when there is no such user */
  setLimits(name: string, limits: UserLimits): boolean {
    const user = this.#users.get(name);
    if (user === undefined) return false;
    this.#set({ ...user, limits });
    return true;
  }

  get(name: string): StoredUser | undefined {
    return this.#users.get(name);
  }

  remove(name: string): boolean {
    const removed = this.#users.delete(name);
    if (removed) this.#journal?.userRemoved(name);
    return removed;
  }

  list(): readonly StoredUser[] {
    return [...this.#users.values()];
  }

  /**
   * The user of that name if the password is theirs. An empty password opens nothing, not even the
   * account of a user who has none.
   */
  authenticate(name: string, password: string): User | undefined {
    const user = this.#users.get(name);
    const matches = passwordMatches(password, user?.passwordHash ?? nobody);
    const usable = password !== '' && user?.passwordHash !== undefined;
    return matches && usable ? user : undefined;
  }

  #set(user: StoredUser): void {
    this.#users.set(user.name, user);
    this.#journal?.userSet(user);
  }
}
