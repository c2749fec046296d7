package org.onemalloc.internal.account;

/** The accounts of this process. {@code Front} in {@code org.onemalloc} says when they are made. */
public final class ProcessAccounts {
  /** All of them, with the limits that system properties set. */
  public static final Accounts ALL = Accounts.here();

  private ProcessAccounts() {}
}
