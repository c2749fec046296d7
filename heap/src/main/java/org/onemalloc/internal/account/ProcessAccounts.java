package org.onemalloc.internal.account;

/** The accounts of this process. {@code Front} in {@code org.onemalloc} says when they are made. */
public final class ProcessAccounts {
  /** All accounts, with the limits of the system properties. */
  public static final Accounts ALL = Accounts.here();

  private ProcessAccounts() {}
}
