package launch;

import java.nio.file.Path;

/** Formats the data folder when it is new and runs the broker, in one process instead of two. */
public final class KafkaLauncher {
    private KafkaLauncher() {}

    /** Arguments: path of server.properties, cluster id. */
    public static void main(String[] args) {
        OwnerWatch.start();
        String properties = Path.of(args[0]).toString();
        String[] format = {"format", "--config", properties, "--cluster-id", args[1], "--ignore-formatted"};
        int failed = kafka.tools.StorageTool.execute(format, System.out);
        if (failed != 0) {
            System.exit(failed);
        }
        kafka.Kafka.main(new String[] {properties});
    }
}
