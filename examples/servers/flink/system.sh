# Flink, a JobManager and a TaskManager: a job with keyed state in RocksDB and a checkpoint every 10 s.
set_java 17 21
before="rm -rf $home/data && mkdir -p $home/data/tmp $home/data/checkpoints"
server="bash $here/cluster $java $home"
ready="log:Successful registration at resource manager"
load="FLINK_CONF_DIR=$home $java -Xmx96m KeyedState 200000 50000 $home/load.jar $report"
