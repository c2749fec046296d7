# Kafka, one broker: a producer of lz4 batches, which the broker recompresses, and a consumer.
set_java 17 25
tools=org.apache.kafka.tools
topic="--bootstrap-server 127.0.0.1:19092 --topic t --num-records 400000"

before="rm -rf $home/data && $java kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk -c $home/server.properties"
server="$java -Xms256m -Xmx256m kafka.Kafka $home/server.properties"
ready=tcp:127.0.0.1:19092
load="$java -Xmx128m $tools.ProducerPerformance $topic --record-size 1000 --throughput -1 --command-config $home/producer.properties && \
$java -Xmx128m $tools.ConsumerPerformance $topic --timeout 90000"
