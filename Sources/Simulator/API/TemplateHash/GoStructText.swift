/// The Go structs of a pod template in `k8s.io/api` 1.36, field by field in Go's order: what the hash of a template is made of.
enum GoStructText {
    /// `Name: Field type, …`; a field's JSON name follows after `/` where it is not the field's own with a small first letter, `-` for
    /// an embedded struct. A struct may take several lines.
    static let structs = """
        PodTemplateSpec: ObjectMeta/metadata ObjectMeta, Spec PodSpec
        ObjectMeta: Name string, GenerateName string, Namespace string, SelfLink string, UID/uid UID, ResourceVersion string
        ObjectMeta: Generation int64, CreationTimestamp Time, DeletionTimestamp *Time, DeletionGracePeriodSeconds *int64
        ObjectMeta: Labels map[string]string, Annotations map[string]string, OwnerReferences []OwnerReference
        ObjectMeta: Finalizers []string, ManagedFields []ManagedFieldsEntry
        PodSpec: Volumes []Volume, InitContainers []Container, Containers []Container
        PodSpec: EphemeralContainers []EphemeralContainer, RestartPolicy RestartPolicy, TerminationGracePeriodSeconds *int64
        PodSpec: ActiveDeadlineSeconds *int64, DNSPolicy/dnsPolicy DNSPolicy, NodeSelector map[string]string
        PodSpec: ServiceAccountName string, DeprecatedServiceAccount/serviceAccount string, AutomountServiceAccountToken *bool
        PodSpec: NodeName string, HostNetwork bool, HostPID bool, HostIPC bool, ShareProcessNamespace *bool
        PodSpec: SecurityContext *PodSecurityContext, ImagePullSecrets []LocalObjectReference, Hostname string
        PodSpec: Subdomain string, Affinity *Affinity, SchedulerName string, Tolerations []Toleration, HostAliases []HostAlias
        PodSpec: PriorityClassName string, Priority *int32, DNSConfig/dnsConfig *PodDNSConfig
        PodSpec: ReadinessGates []PodReadinessGate, RuntimeClassName *string, EnableServiceLinks *bool
        PodSpec: PreemptionPolicy *PreemptionPolicy, Overhead ResourceList
        PodSpec: TopologySpreadConstraints []TopologySpreadConstraint, SetHostnameAsFQDN *bool, OS/os *PodOS, HostUsers *bool
        PodSpec: SchedulingGates []PodSchedulingGate, ResourceClaims []PodResourceClaim, Resources *ResourceRequirements
        PodSpec: HostnameOverride *string, SchedulingGroup *PodSchedulingGroup
        Volume: Name string, VolumeSource/- VolumeSource
        VolumeSource: HostPath *HostPathVolumeSource, EmptyDir *EmptyDirVolumeSource
        VolumeSource: GCEPersistentDisk/gcePersistentDisk *GCEPersistentDiskVolumeSource
        VolumeSource: AWSElasticBlockStore/awsElasticBlockStore *AWSElasticBlockStoreVolumeSource
        VolumeSource: GitRepo *GitRepoVolumeSource, Secret *SecretVolumeSource, NFS/nfs *NFSVolumeSource
        VolumeSource: ISCSI/iscsi *ISCSIVolumeSource, Glusterfs *GlusterfsVolumeSource
        VolumeSource: PersistentVolumeClaim *PersistentVolumeClaimVolumeSource, RBD/rbd *RBDVolumeSource
        VolumeSource: FlexVolume *FlexVolumeSource, Cinder *CinderVolumeSource, CephFS/cephfs *CephFSVolumeSource
        VolumeSource: Flocker *FlockerVolumeSource, DownwardAPI *DownwardAPIVolumeSource, FC/fc *FCVolumeSource
        VolumeSource: AzureFile *AzureFileVolumeSource, ConfigMap *ConfigMapVolumeSource
        VolumeSource: VsphereVolume *VsphereVirtualDiskVolumeSource, Quobyte *QuobyteVolumeSource
        VolumeSource: AzureDisk *AzureDiskVolumeSource, PhotonPersistentDisk *PhotonPersistentDiskVolumeSource
        VolumeSource: Projected *ProjectedVolumeSource, PortworxVolume *PortworxVolumeSource, ScaleIO *ScaleIOVolumeSource
        VolumeSource: StorageOS/storageos *StorageOSVolumeSource, CSI/csi *CSIVolumeSource, Ephemeral *EphemeralVolumeSource
        VolumeSource: Image *ImageVolumeSource
        HostPathVolumeSource: Path string, Type *HostPathType
        EmptyDirVolumeSource: Medium StorageMedium, SizeLimit *Quantity
        SecretVolumeSource: SecretName string, Items []KeyToPath, DefaultMode *int32, Optional *bool
        ConfigMapVolumeSource: LocalObjectReference/- LocalObjectReference, Items []KeyToPath, DefaultMode *int32
        ConfigMapVolumeSource: Optional *bool
        LocalObjectReference: Name string
        KeyToPath: Key string, Path string, Mode *int32
        PersistentVolumeClaimVolumeSource: ClaimName string, ReadOnly bool
        ProjectedVolumeSource: Sources []VolumeProjection, DefaultMode *int32
        VolumeProjection: Secret *SecretProjection, DownwardAPI *DownwardAPIProjection, ConfigMap *ConfigMapProjection
        VolumeProjection: ServiceAccountToken *ServiceAccountTokenProjection, ClusterTrustBundle *ClusterTrustBundleProjection
        VolumeProjection: PodCertificate *PodCertificateProjection
        SecretProjection: LocalObjectReference/- LocalObjectReference, Items []KeyToPath, Optional *bool
        ConfigMapProjection: LocalObjectReference/- LocalObjectReference, Items []KeyToPath, Optional *bool
        DownwardAPIProjection: Items []DownwardAPIVolumeFile
        DownwardAPIVolumeSource: Items []DownwardAPIVolumeFile, DefaultMode *int32
        DownwardAPIVolumeFile: Path string, FieldRef *ObjectFieldSelector, ResourceFieldRef *ResourceFieldSelector
        DownwardAPIVolumeFile: Mode *int32
        ServiceAccountTokenProjection: Audience string, ExpirationSeconds *int64, Path string
        Container: Name string, Image string, Command []string, Args []string, WorkingDir string, Ports []ContainerPort
        Container: EnvFrom []EnvFromSource, Env []EnvVar, Resources ResourceRequirements, ResizePolicy []ContainerResizePolicy
        Container: RestartPolicy *ContainerRestartPolicy, RestartPolicyRules []ContainerRestartRule
        Container: VolumeMounts []VolumeMount, VolumeDevices []VolumeDevice, LivenessProbe *Probe, ReadinessProbe *Probe
        Container: StartupProbe *Probe, Lifecycle *Lifecycle, TerminationMessagePath string
        Container: TerminationMessagePolicy TerminationMessagePolicy, ImagePullPolicy PullPolicy
        Container: SecurityContext *SecurityContext, Stdin bool, StdinOnce bool, TTY/tty bool
        ContainerPort: Name string, HostPort int32, ContainerPort int32, Protocol Protocol, HostIP string
        EnvFromSource: Prefix string, ConfigMapRef *ConfigMapEnvSource, SecretRef *SecretEnvSource
        ConfigMapEnvSource: LocalObjectReference/- LocalObjectReference, Optional *bool
        SecretEnvSource: LocalObjectReference/- LocalObjectReference, Optional *bool
        EnvVar: Name string, Value string, ValueFrom *EnvVarSource
        EnvVarSource: FieldRef *ObjectFieldSelector, ResourceFieldRef *ResourceFieldSelector
        EnvVarSource: ConfigMapKeyRef *ConfigMapKeySelector, SecretKeyRef *SecretKeySelector, FileKeyRef *FileKeySelector
        ObjectFieldSelector: APIVersion/apiVersion string, FieldPath string
        ResourceFieldSelector: ContainerName string, Resource string, Divisor Quantity
        ConfigMapKeySelector: LocalObjectReference/- LocalObjectReference, Key string, Optional *bool
        SecretKeySelector: LocalObjectReference/- LocalObjectReference, Key string, Optional *bool
        ResourceRequirements: Limits ResourceList, Requests ResourceList, Claims []ResourceClaim
        ContainerResizePolicy: ResourceName ResourceName, RestartPolicy ResourceResizeRestartPolicy
        VolumeMount: Name string, ReadOnly bool, RecursiveReadOnly *RecursiveReadOnlyMode, MountPath string, SubPath string
        VolumeMount: MountPropagation *MountPropagationMode, SubPathExpr string
        Probe: ProbeHandler/- ProbeHandler, InitialDelaySeconds int32, TimeoutSeconds int32, PeriodSeconds int32
        Probe: SuccessThreshold int32, FailureThreshold int32, TerminationGracePeriodSeconds *int64
        ProbeHandler: Exec *ExecAction, HTTPGet/httpGet *HTTPGetAction, TCPSocket/tcpSocket *TCPSocketAction
        ProbeHandler: GRPC/grpc *GRPCAction
        ExecAction: Command []string
        HTTPGetAction: Path string, Port IntOrString, Host string, Scheme URIScheme, HTTPHeaders/httpHeaders []HTTPHeader
        HTTPHeader: Name string, Value string
        TCPSocketAction: Port IntOrString, Host string
        GRPCAction: Port int32, Service *string
        Lifecycle: PostStart *LifecycleHandler, PreStop *LifecycleHandler, StopSignal *Signal
        LifecycleHandler: Exec *ExecAction, HTTPGet/httpGet *HTTPGetAction, TCPSocket/tcpSocket *TCPSocketAction
        LifecycleHandler: Sleep *SleepAction
        SleepAction: Seconds int64
        PodSecurityContext: SELinuxOptions/seLinuxOptions *SELinuxOptions, WindowsOptions *WindowsSecurityContextOptions
        PodSecurityContext: RunAsUser *int64, RunAsGroup *int64, RunAsNonRoot *bool, SupplementalGroups []int64
        PodSecurityContext: SupplementalGroupsPolicy *SupplementalGroupsPolicy, FSGroup/fsGroup *int64, Sysctls []Sysctl
        PodSecurityContext: FSGroupChangePolicy/fsGroupChangePolicy *PodFSGroupChangePolicy, SeccompProfile *SeccompProfile
        PodSecurityContext: AppArmorProfile *AppArmorProfile, SELinuxChangePolicy/seLinuxChangePolicy *PodSELinuxChangePolicy
        SecurityContext: Capabilities *Capabilities, Privileged *bool, SELinuxOptions/seLinuxOptions *SELinuxOptions
        SecurityContext: WindowsOptions *WindowsSecurityContextOptions, RunAsUser *int64, RunAsGroup *int64
        SecurityContext: RunAsNonRoot *bool, ReadOnlyRootFilesystem *bool, AllowPrivilegeEscalation *bool
        SecurityContext: ProcMount *ProcMountType, SeccompProfile *SeccompProfile, AppArmorProfile *AppArmorProfile
        Capabilities: Add []Capability, Drop []Capability
        SELinuxOptions: User string, Role string, Type string, Level string
        SeccompProfile: Type SeccompProfileType, LocalhostProfile *string
        Affinity: NodeAffinity *NodeAffinity, PodAffinity *PodAffinity, PodAntiAffinity *PodAntiAffinity
        NodeAffinity: RequiredDuringSchedulingIgnoredDuringExecution *NodeSelector
        NodeAffinity: PreferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm
        NodeSelector: NodeSelectorTerms []NodeSelectorTerm
        NodeSelectorTerm: MatchExpressions []NodeSelectorRequirement, MatchFields []NodeSelectorRequirement
        NodeSelectorRequirement: Key string, Operator NodeSelectorOperator, Values []string
        PreferredSchedulingTerm: Weight int32, Preference NodeSelectorTerm
        PodAffinity: RequiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm
        PodAffinity: PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm
        PodAntiAffinity: RequiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm
        PodAntiAffinity: PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm
        PodAffinityTerm: LabelSelector *LabelSelector, Namespaces []string, TopologyKey string
        PodAffinityTerm: NamespaceSelector *LabelSelector, MatchLabelKeys []string, MismatchLabelKeys []string
        WeightedPodAffinityTerm: Weight int32, PodAffinityTerm PodAffinityTerm
        LabelSelector: MatchLabels map[string]string, MatchExpressions []LabelSelectorRequirement
        LabelSelectorRequirement: Key string, Operator LabelSelectorOperator, Values []string
        Toleration: Key string, Operator TolerationOperator, Value string, Effect TaintEffect, TolerationSeconds *int64
        TopologySpreadConstraint: MaxSkew int32, TopologyKey string, WhenUnsatisfiable UnsatisfiableConstraintAction
        TopologySpreadConstraint: LabelSelector *LabelSelector, MinDomains *int32, NodeAffinityPolicy *NodeInclusionPolicy
        TopologySpreadConstraint: NodeTaintsPolicy *NodeInclusionPolicy, MatchLabelKeys []string
        HostAlias: IP/ip string, Hostnames []string
        PodDNSConfig: Nameservers []string, Searches []string, Options []PodDNSConfigOption
        PodDNSConfigOption: Name string, Value *string
        """

    /// The types that are strings.
    static let strings: Set<String> = [
        "Capability", "ContainerRestartPolicy", "DNSPolicy", "HostPathType", "LabelSelectorOperator", "MountPropagationMode",
        "NodeInclusionPolicy", "NodeSelectorOperator", "PodFSGroupChangePolicy", "PodSELinuxChangePolicy", "PreemptionPolicy",
        "ProcMountType", "Protocol", "PullPolicy", "RecursiveReadOnlyMode", "ResourceName", "ResourceResizeRestartPolicy",
        "RestartPolicy", "SeccompProfileType", "Signal", "StorageMedium", "SupplementalGroupsPolicy", "TaintEffect",
        "TerminationMessagePolicy", "TolerationOperator", "URIScheme", "UnsatisfiableConstraintAction",
    ]
}
