/// The Go structs of `k8s.io/api` 1.36 that the simulated API server serves, as far as their JSON shows them.
enum SchemaText {
    static let types = meta + pods + volumes + workloads + cluster

    private static let meta = """
        ObjectMeta: name string, generateName string, namespace string, selfLink string, uid string, resourceVersion string, generation int64
        ObjectMeta: creationTimestamp time, deletionTimestamp time, deletionGracePeriodSeconds int64?, labels {}string, annotations {}string
        ObjectMeta: ownerReferences []OwnerReference@uid, finalizers []string@, managedFields []ManagedFieldsEntry
        OwnerReference: apiVersion string!, kind string!, name string!, uid string!, controller bool?, blockOwnerDeletion bool?
        ManagedFieldsEntry: manager string, operation string, apiVersion string, time time, fieldsType string, fieldsV1 any, subresource string
        LabelSelector: matchLabels {}string, matchExpressions []LabelSelectorRequirement
        LabelSelectorRequirement: key string!, operator string!, values []string
        LocalObjectReference: name string
        ObjectReference: kind string, namespace string, name string, uid string, apiVersion string, resourceVersion string, fieldPath string
        Condition: type string!, status string!, observedGeneration int64, lastTransitionTime time!, reason string!, message string!
        Eviction: metadata ObjectMeta!, deleteOptions any
        Binding: metadata ObjectMeta!, target ObjectReference!
        Scale: metadata ObjectMeta!, spec ScaleSpec!, status ScaleStatus!
        ScaleSpec: replicas int32
        ScaleStatus: replicas int32!, selector string

        """

    private static let pods = """
        Pod: metadata ObjectMeta!, spec PodSpec!, status PodStatus!
        PodTemplateSpec: metadata ObjectMeta!, spec PodSpec!
        PodSpec: volumes []Volume@name, initContainers []Container@name, containers []Container@name!, ephemeralContainers []Container@name
        PodSpec: restartPolicy string, terminationGracePeriodSeconds int64?, activeDeadlineSeconds int64?, dnsPolicy string
        PodSpec: nodeSelector {}string, serviceAccountName string, serviceAccount string, automountServiceAccountToken bool?
        PodSpec: nodeName string, hostNetwork bool, hostPID bool, hostIPC bool, shareProcessNamespace bool?, hostname string, subdomain string
        PodSpec: securityContext PodSecurityContext?, imagePullSecrets []LocalObjectReference@name, affinity any?, schedulerName string
        PodSpec: tolerations []Toleration, hostAliases []HostAlias@ip, priorityClassName string, priority int32?, dnsConfig any?
        PodSpec: readinessGates []any, runtimeClassName string?, enableServiceLinks bool?, preemptionPolicy string?, overhead {}quantity
        PodSpec: topologySpreadConstraints []TopologySpreadConstraint@topologyKey+whenUnsatisfiable, setHostnameAsFQDN bool?, os any?
        PodSpec: hostUsers bool?, schedulingGates []SchedulingGate@name, resourceClaims []any, resources ResourceRequirements?, hostnameOverride string?
        SchedulingGate: name string!
        PodSecurityContext: seLinuxOptions any?, windowsOptions any?, runAsUser int64?, runAsGroup int64?, runAsNonRoot bool?
        PodSecurityContext: supplementalGroups []int64, supplementalGroupsPolicy string?, fsGroup int64?, sysctls []any
        PodSecurityContext: fsGroupChangePolicy string?, seccompProfile any?, appArmorProfile any?, seLinuxChangePolicy string?
        HostAlias: ip string!, hostnames []string
        Toleration: key string, operator string, value string, effect string, tolerationSeconds int64?
        TopologySpreadConstraint: maxSkew int32!, topologyKey string!, whenUnsatisfiable string!, labelSelector LabelSelector?, minDomains int32?
        TopologySpreadConstraint: nodeAffinityPolicy string?, nodeTaintsPolicy string?, matchLabelKeys []string
        Container: name string!, image string, command []string, args []string, workingDir string, ports []ContainerPort@containerPort+protocol
        Container: envFrom []EnvFromSource, env []EnvVar@name, resources ResourceRequirements!, resizePolicy []ContainerResizePolicy
        Container: restartPolicy string?, restartPolicyRules []any, volumeMounts []VolumeMount@mountPath, volumeDevices []VolumeDevice@devicePath
        Container: livenessProbe Probe?, readinessProbe Probe?, startupProbe Probe?, lifecycle Lifecycle?, terminationMessagePath string
        Container: terminationMessagePolicy string, imagePullPolicy string, securityContext SecurityContext?, stdin bool, stdinOnce bool, tty bool
        Container: targetContainerName string
        ContainerPort: name string, hostPort int32, containerPort int32!, protocol string, hostIP string
        ContainerResizePolicy: resourceName string!, restartPolicy string!
        EnvFromSource: prefix string, configMapRef EnvSource?, secretRef EnvSource?
        EnvSource: name string, optional bool?
        EnvVar: name string!, value string, valueFrom EnvVarSource?
        EnvVarSource: fieldRef ObjectFieldSelector?, resourceFieldRef ResourceFieldSelector?, configMapKeyRef KeySelector?, secretKeyRef KeySelector?
        EnvVarSource: fileKeyRef any?
        ObjectFieldSelector: apiVersion string, fieldPath string!
        ResourceFieldSelector: containerName string, resource string!, divisor quantity
        KeySelector: name string, key string!, optional bool?
        ResourceRequirements: limits {}quantity, requests {}quantity, claims []any
        VolumeMount: name string!, readOnly bool, recursiveReadOnly string?, mountPath string!, subPath string, mountPropagation string?, subPathExpr string
        VolumeDevice: name string!, devicePath string!
        Probe: exec ExecAction?, httpGet HTTPGetAction?, tcpSocket TCPSocketAction?, grpc GRPCAction?, initialDelaySeconds int32, timeoutSeconds int32
        Probe: periodSeconds int32, successThreshold int32, failureThreshold int32, terminationGracePeriodSeconds int64?
        ExecAction: command []string
        HTTPGetAction: path string, port intstr!, host string, scheme string, httpHeaders []HTTPHeader
        HTTPHeader: name string!, value string!
        TCPSocketAction: port intstr!, host string
        GRPCAction: port int32!, service string?
        Lifecycle: postStart LifecycleHandler?, preStop LifecycleHandler?, stopSignal string?
        LifecycleHandler: exec ExecAction?, httpGet HTTPGetAction?, tcpSocket TCPSocketAction?, sleep SleepAction?
        SleepAction: seconds int64!
        SecurityContext: capabilities any?, privileged bool?, seLinuxOptions any?, windowsOptions any?, runAsUser int64?, runAsGroup int64?
        SecurityContext: runAsNonRoot bool?, readOnlyRootFilesystem bool?, allowPrivilegeEscalation bool?, procMount string?, seccompProfile any?
        SecurityContext: appArmorProfile any?
        PodStatus: observedGeneration int64, phase string, conditions []PodCondition@type, message string, reason string, nominatedNodeName string
        PodStatus: hostIP string, hostIPs []HostIP@ip, podIP string, podIPs []HostIP@ip, startTime time, initContainerStatuses []ContainerStatus
        PodStatus: containerStatuses []ContainerStatus, qosClass string, ephemeralContainerStatuses []ContainerStatus, resize string
        PodStatus: resourceClaimStatuses []any, allocatedResources {}quantity, resources ResourceRequirements?
        HostIP: ip string
        PodCondition: type string!, observedGeneration int64, status string!, lastProbeTime time!, lastTransitionTime time!, reason string, message string
        ContainerStatus: name string!, state ContainerState!, lastState ContainerState!, ready bool!, restartCount int32!, image string!
        ContainerStatus: imageID string!, containerID string, started bool?, allocatedResources {}quantity, resources ResourceRequirements?
        ContainerStatus: volumeMounts []VolumeMountStatus@mountPath, user any?, allocatedResourcesStatus []any, stopSignal string?
        VolumeMountStatus: name string!, mountPath string!, readOnly bool, recursiveReadOnly string?
        ContainerState: waiting ContainerStateWaiting?, running ContainerStateRunning?, terminated ContainerStateTerminated?
        ContainerStateWaiting: reason string, message string
        ContainerStateRunning: startedAt time!
        ContainerStateTerminated: exitCode int32!, signal int32, reason string, message string, startedAt time!, finishedAt time!, containerID string

        """

    private static let volumes = """
        Volume: name string!, hostPath HostPathVolume?, emptyDir EmptyDirVolume?, secret SecretVolume?, configMap ConfigMapVolume?
        Volume: persistentVolumeClaim ClaimVolume?, projected ProjectedVolume?, downwardAPI DownwardAPIVolume?, nfs any?, csi any?, ephemeral any?
        Volume: gcePersistentDisk any?, awsElasticBlockStore any?, gitRepo any?, iscsi any?, glusterfs any?, rbd any?, flexVolume any?, cinder any?
        Volume: cephfs any?, flocker any?, fc any?, azureFile any?, vsphereVolume any?, quobyte any?, azureDisk any?, photonPersistentDisk any?
        Volume: portworxVolume any?, scaleIO any?, storageos any?, image any?
        HostPathVolume: path string!, type string?
        EmptyDirVolume: medium string, sizeLimit quantity?
        SecretVolume: secretName string, items []KeyToPath, defaultMode int32?, optional bool?
        ConfigMapVolume: name string, items []KeyToPath, defaultMode int32?, optional bool?
        KeyToPath: key string!, path string!, mode int32?
        ClaimVolume: claimName string!, readOnly bool
        ProjectedVolume: sources []VolumeProjection, defaultMode int32?
        VolumeProjection: secret SecretProjection?, downwardAPI DownwardAPIVolume?, configMap SecretProjection?, serviceAccountToken TokenProjection?
        VolumeProjection: clusterTrustBundle any?, podCertificate any?
        SecretProjection: name string, items []KeyToPath, optional bool?
        DownwardAPIVolume: items []DownwardAPIFile, defaultMode int32?
        DownwardAPIFile: path string!, fieldRef ObjectFieldSelector?, resourceFieldRef ResourceFieldSelector?, mode int32?
        TokenProjection: audience string, expirationSeconds int64?, path string!

        """

    private static let workloads = """
        Deployment: metadata ObjectMeta!, spec DeploymentSpec!, status DeploymentStatus!
        DeploymentSpec: replicas int32?, selector LabelSelector?!, template PodTemplateSpec!, strategy DeploymentStrategy!, minReadySeconds int32
        DeploymentSpec: revisionHistoryLimit int32?, paused bool, progressDeadlineSeconds int32?
        DeploymentStrategy: type string, rollingUpdate RollingUpdate?
        RollingUpdate: maxUnavailable intstr?, maxSurge intstr?, partition int32?
        DeploymentStatus: observedGeneration int64, replicas int32, updatedReplicas int32, readyReplicas int32, availableReplicas int32
        DeploymentStatus: unavailableReplicas int32, terminatingReplicas int32?, conditions []DeploymentCondition@type, collisionCount int32?
        DeploymentCondition: type string!, status string!, lastUpdateTime time!, lastTransitionTime time!, reason string, message string
        ReplicaSet: metadata ObjectMeta!, spec ReplicaSetSpec!, status ReplicaSetStatus!
        ReplicaSetSpec: replicas int32?, minReadySeconds int32, selector LabelSelector?!, template PodTemplateSpec!
        ReplicaSetStatus: replicas int32!, fullyLabeledReplicas int32, readyReplicas int32, availableReplicas int32, observedGeneration int64
        ReplicaSetStatus: terminatingReplicas int32?, conditions []WorkloadCondition@type
        WorkloadCondition: type string!, status string!, lastTransitionTime time!, reason string, message string
        StatefulSet: metadata ObjectMeta!, spec StatefulSetSpec!, status StatefulSetStatus!
        StatefulSetSpec: replicas int32?, selector LabelSelector?!, template PodTemplateSpec!, volumeClaimTemplates []any, serviceName string!
        StatefulSetSpec: podManagementPolicy string, updateStrategy UpdateStrategy!, revisionHistoryLimit int32?, minReadySeconds int32
        StatefulSetSpec: persistentVolumeClaimRetentionPolicy ClaimRetention?, ordinals any?
        ClaimRetention: whenDeleted string, whenScaled string
        UpdateStrategy: type string, rollingUpdate RollingUpdate?
        StatefulSetStatus: observedGeneration int64, replicas int32!, readyReplicas int32, currentReplicas int32, updatedReplicas int32
        StatefulSetStatus: currentRevision string, updateRevision string, collisionCount int32?, conditions []WorkloadCondition@type, availableReplicas int32!
        DaemonSet: metadata ObjectMeta!, spec DaemonSetSpec!, status DaemonSetStatus!
        DaemonSetSpec: selector LabelSelector?!, template PodTemplateSpec!, updateStrategy UpdateStrategy!, minReadySeconds int32, revisionHistoryLimit int32?
        DaemonSetStatus: currentNumberScheduled int32!, numberMisscheduled int32!, desiredNumberScheduled int32!, numberReady int32!
        DaemonSetStatus: observedGeneration int64, updatedNumberScheduled int32, numberAvailable int32, numberUnavailable int32, collisionCount int32?
        DaemonSetStatus: conditions []WorkloadCondition@type
        HorizontalPodAutoscaler: metadata ObjectMeta!, spec AutoscalerSpec!, status AutoscalerStatus!
        AutoscalerSpec: scaleTargetRef CrossVersionObjectReference!, minReplicas int32?, maxReplicas int32!, metrics []any, behavior any?
        CrossVersionObjectReference: kind string!, name string!, apiVersion string
        AutoscalerStatus: observedGeneration int64?, lastScaleTime time?, currentReplicas int32, desiredReplicas int32!
        AutoscalerStatus: currentMetrics any?!, conditions []WorkloadCondition@type
        ScaledObject: metadata ObjectMeta!, spec any!, status any?
        ControllerRevision: metadata ObjectMeta!, data any, revision int64!
        Job: metadata ObjectMeta!, spec JobSpec!, status JobStatus!
        JobSpec: parallelism int32?, completions int32?, activeDeadlineSeconds int64?, podFailurePolicy any?, successPolicy any?, backoffLimit int32?
        JobSpec: backoffLimitPerIndex int32?, maxFailedIndexes int32?, selector LabelSelector?, manualSelector bool?, template PodTemplateSpec!
        JobSpec: ttlSecondsAfterFinished int32?, completionMode string?, suspend bool?, podReplacementPolicy string?, managedBy string?
        JobStatus: conditions []JobCondition@type, startTime time, completionTime time, active int32, succeeded int32, failed int32, terminating int32?
        JobStatus: completedIndexes string, failedIndexes string?, uncountedTerminatedPods UncountedTerminatedPods?, ready int32?
        UncountedTerminatedPods: succeeded []string@, failed []string@
        JobCondition: type string!, status string!, lastProbeTime time!, lastTransitionTime time!, reason string, message string
        PodDisruptionBudget: metadata ObjectMeta!, spec PodDisruptionBudgetSpec!, status PodDisruptionBudgetStatus!
        PodDisruptionBudgetSpec: minAvailable intstr?, selector LabelSelector?, maxUnavailable intstr?, unhealthyPodEvictionPolicy string?
        PodDisruptionBudgetStatus: observedGeneration int64, disruptedPods {}time, disruptionsAllowed int32!, currentHealthy int32!
        PodDisruptionBudgetStatus: desiredHealthy int32!, expectedPods int32!, conditions []Condition@type

        """

    private static let cluster = """
        Namespace: metadata ObjectMeta!, spec NamespaceSpec!, status NamespaceStatus!
        NamespaceSpec: finalizers []string
        NamespaceStatus: phase string, conditions []WorkloadCondition@type
        Node: metadata ObjectMeta!, spec NodeSpec!, status any!
        NodeSpec: podCIDR string, podCIDRs []string@, providerID string, unschedulable bool, taints []Taint, configSource any?, externalID string
        Taint: key string!, value string, effect string!, timeAdded time
        ConfigMap: metadata ObjectMeta!, immutable bool?, data {}string, binaryData {}bytes
        Secret: metadata ObjectMeta!, immutable bool?, data {}bytes, stringData {}string, type string
        ServiceAccount: metadata ObjectMeta!, secrets []ObjectReference@name, imagePullSecrets []LocalObjectReference, automountServiceAccountToken bool?
        Service: metadata ObjectMeta!, spec ServiceSpec!, status ServiceStatus!
        ServiceStatus: loadBalancer any!, conditions []Condition@type
        ServiceSpec: ports []ServicePort@port+protocol, selector {}string, clusterIP string, clusterIPs []string, type string, externalIPs []string
        ServiceSpec: sessionAffinity string, loadBalancerIP string, loadBalancerSourceRanges []string, externalName string, ipFamilies []string
        ServiceSpec: externalTrafficPolicy string, healthCheckNodePort int32, publishNotReadyAddresses bool, sessionAffinityConfig any?
        ServiceSpec: ipFamilyPolicy string?, allocateLoadBalancerNodePorts bool?, loadBalancerClass string?, internalTrafficPolicy string?, trafficDistribution string?
        ServicePort: name string, protocol string, appProtocol string?, port int32!, targetPort intstr!, nodePort int32
        LimitRange: metadata ObjectMeta!, spec LimitRangeSpec!
        LimitRangeSpec: limits []LimitRangeItem!
        LimitRangeItem: type string!, max {}quantity, min {}quantity, default {}quantity, defaultRequest {}quantity, maxLimitRequestRatio {}quantity
        ResourceQuota: metadata ObjectMeta!, spec ResourceQuotaSpec!, status ResourceQuotaStatus!
        ResourceQuotaSpec: hard {}quantity, scopes []string, scopeSelector any?
        ResourceQuotaStatus: hard {}quantity, used {}quantity
        Lease: metadata ObjectMeta!, spec LeaseSpec!
        LeaseSpec: holderIdentity string?, leaseDurationSeconds int32?, acquireTime microtime, renewTime microtime, leaseTransitions int32?
        LeaseSpec: strategy string?, preferredHolder string?
        Event: metadata ObjectMeta!, involvedObject ObjectReference!, reason string, message string, source EventSource!, firstTimestamp time!
        Event: lastTimestamp time!, count int32, type string, eventTime microtime!, series EventSeries?, action string, related ObjectReference?
        Event: reportingComponent string!, reportingInstance string!
        EventsEvent: metadata ObjectMeta!, eventTime microtime!, series EventSeries?, reportingController string, reportingInstance string
        EventsEvent: action string, reason string, regarding ObjectReference!, related ObjectReference?, note string, type string
        EventsEvent: deprecatedSource EventSource!, deprecatedFirstTimestamp time!, deprecatedLastTimestamp time!, deprecatedCount int32
        EventSource: component string, host string
        EventSeries: count int32, lastObservedTime microtime
        SelfSubjectReview: metadata ObjectMeta!, status any!
        SelfSubjectRulesReview: metadata ObjectMeta!, spec RulesReviewSpec!, status any!
        RulesReviewSpec: namespace string
        SelfSubjectAccessReview: metadata ObjectMeta!, spec AccessReviewSpec!, status any!
        AccessReviewSpec: resourceAttributes ResourceAttributes?, nonResourceAttributes NonResourceAttributes?
        ResourceAttributes: namespace string, verb string, group string, version string, resource string, subresource string, name string
        ResourceAttributes: fieldSelector any?, labelSelector any?
        NonResourceAttributes: path string, verb string

        """
}
