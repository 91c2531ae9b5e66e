package launch;

/** Ends this process as soon as the process that asked for it is gone, so that no run can leave a server behind. */
final class OwnerWatch {
    /** System property with the process id to watch; absent means: run until told to stop. */
    static final String PROPERTY = "services.owner";

    private OwnerWatch() {}

    static void start() {
        String owner = System.getProperty(PROPERTY);
        if (owner == null) {
            return;
        }
        ProcessHandle handle = ProcessHandle.of(Long.parseLong(owner)).orElse(null);
        if (handle == null) {
            Runtime.getRuntime().halt(3);
            return;
        }
        // halt, not exit: a graceful end could wait for clients that are gone as well.
        handle.onExit().thenRun(() -> Runtime.getRuntime().halt(3));
    }
}
